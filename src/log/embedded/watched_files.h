// WatchedFiles: RocksDB's seam to the file system with an eye on it. RocksDB's own status does not say
// whether a write or a sync failed, and the difference decides between waiting for room and ending the
// process (rules D8, D14); nor does it notice that the write-ahead log was deleted beneath it. Passes
// everything on. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <rocksdb/file_system.h>

#include "platform/mutex.h"

namespace sluice::embedded {

class WatchedFiles : public rocksdb::FileSystemWrapper {
 public:
  explicit WatchedFiles(const std::shared_ptr<rocksdb::FileSystem>& base) : FileSystemWrapper(base) {}
  const char* Name() const override { return "SluiceWatchedFiles"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;

  // The first sync that failed ("cannot sync …"), or empty.
  std::string FailedSync() const;
  bool sync_failed() const { return sync_failed_; }
  // The newest write-ahead log is where it was made.
  bool WalStillThere();

  void NoteSync(const rocksdb::IOStatus& status, const std::string& path);

 private:
  std::atomic<bool> sync_failed_{false};
  mutable Mutex mutex_;
  std::string failed_ GUARDED_BY(mutex_);
  std::string wal_ GUARDED_BY(mutex_);
};

}  // namespace sluice::embedded
