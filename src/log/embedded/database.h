// The RocksDB database under the log: its options (batches in blob files, so that a batch is written once to
// the write-ahead log and once by a flush, never by a compaction), its opening, and what its errors mean.
// Owned by EmbeddedLog; RocksDB's own thread-safety.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "core/status.h"
#include "log/embedded/watched_files.h"

namespace sluice::embedded {

// The reject of a log that cannot be used before somebody ran the command that it names.
Status NeedsRepair(const std::string& directory, const std::string& what);

class Database {
 public:
  // How much of a damaged write-ahead log is taken.
  enum class Recovery {
    absolute,   // any irregularity is an error
    torn_tail,  // a record cut at the end of the file was never acknowledged; anything else is an error
    salvage,    // every record that is whole
  };
  struct Options {
    std::string path;
    int64_t memory_bytes = 64 << 20;
    bool create = false;
    bool read_only = false;
    Recovery recovery = Recovery::absolute;
  };

  // `files` outlives the database. Reject: damaged as seen from this mode of recovery.
  static Result<std::unique_ptr<Database>> Open(const Options& options,
                                                const std::shared_ptr<WatchedFiles>& files);
  ~Database();

  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* meta() { return handles_[0]; }
  rocksdb::ColumnFamilyHandle* batches() { return handles_[1]; }
  WatchedFiles& files() { return *files_; }

  // Durable when it returns ok. Retry: full disk; fatal: everything else.
  Status Write(rocksdb::WriteBatch& writes, bool sync);
  Status FromRocks(const rocksdb::Status& status, std::string_view what) const;
  // Of a read: damage is a reject that names the command for it, and so does what the disk does not give.
  Status FromRead(const rocksdb::Status& status) const;
  // Tries to leave the state that a full disk brought on.
  Status Resume();
  // Gives the space of deleted batches back to the disk; slow. `below` is the end of what was deleted.
  Status Reclaim(const std::string& from_key, const std::string& below_key);
  // Moves the living batches out of blob files that are mostly garbage.
  Status CollectGarbage();
  // Ends those two early, here and from now on, so that nobody waits for them to close the log.
  void StopCompactions() { db_->DisableManualCompaction(); }
  // Bytes of blob files on disk.
  int64_t BytesOnDisk();
  // Free on the disk, or nothing where that cannot be told.
  std::optional<int64_t> FreeSpace();

 private:
  Database() = default;
  Status Compact(const rocksdb::CompactRangeOptions& options, const rocksdb::Slice* from,
                 const rocksdb::Slice* below, std::string_view what);

  std::shared_ptr<WatchedFiles> files_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace sluice::embedded
