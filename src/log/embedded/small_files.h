// Small files beside RocksDB's own: the log's identity and its lock. They go through RocksDB's seam to
// the file system, so that one override covers the whole directory. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <rocksdb/file_system.h>

#include "core/batch.h"
#include "core/status.h"

namespace sluice::embedded {

// What is asked of RocksDB's file system bears no deadline and no priority.
inline const rocksdb::IOOptions kIo;

// Retry for a full disk, fatal for the rest: what the disk does not do is not the caller's fault.
Status FromIo(const rocksdb::IOStatus& status, std::string_view what);

Result<std::optional<std::string>> ReadSmallFile(rocksdb::FileSystem& files, const std::string& path);
// Either the old content or the new, after any crash.
Status ReplaceSmallFile(rocksdb::FileSystem& files, const std::string& path, std::string_view content);

// Makes the names in the directory durable.
Status SyncDirectory(rocksdb::FileSystem& files, const std::string& path);
// The same for one that is made if it is missing, and for its own name.
Status MakeDirectory(rocksdb::FileSystem& files, const std::string& path);

// Holds the directory for this process as long as it lives.
class DirectoryLock {
 public:
  // Creates the directory if need be. Rejects one that is in use.
  static Result<std::unique_ptr<DirectoryLock>> Take(rocksdb::FileSystem& files,
                                                     const std::string& directory);
  ~DirectoryLock();

 private:
  DirectoryLock(rocksdb::FileSystem& files, rocksdb::FileLock* lock) : files_(files), lock_(lock) {}
  rocksdb::FileSystem& files_;
  rocksdb::FileLock* const lock_;
};

// The file `sluice-log`: format version and id.
struct Identity {
  int version = 0;
  std::string id;
};
inline constexpr int kFormatVersion = 1;
std::string EncodeIdentity(const Identity& identity);
Result<Identity> DecodeIdentity(std::string_view text, const std::string& path);

}  // namespace sluice::embedded
