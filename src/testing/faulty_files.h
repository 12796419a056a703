// FaultyFiles: a RocksDB file system for tests that breaks on command: fails the n-th write, sync or rename,
// fills the disk, forgets on a "crash" what was not synced, flips bits. Wraps another file system.
// Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <rocksdb/file_system.h>

#include "platform/mutex.h"

namespace sluice {

class FaultyFiles : public rocksdb::FileSystemWrapper {
 public:
  enum class Fault { none, write, sync, rename };

  explicit FaultyFiles(const std::shared_ptr<rocksdb::FileSystem>& base) : FileSystemWrapper(base) {}
  const char* Name() const override { return "FaultyFiles"; }

  // The n-th call of that sort from now on fails with an I/O error (n = 1: the next).
  void FailNth(Fault fault, int n);
  // Whether the fault has struck.
  bool struck() const;
  // Every write finds the disk full until told otherwise.
  void SetFull(bool full);
  // From now on nothing reaches the disk any more: the process is as good as dead.
  void Kill();
  // After everything was closed, a power cut: each file is what was synced of it. Alive again, without
  // faults.
  void Crash();
  // The same for the death of the process: what was written stays, synced or not.
  void Revive();

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

  // Called by the files.
  rocksdb::IOStatus Check(Fault fault);
  // What is written in place finds room also on a full disk.
  rocksdb::IOStatus CheckAlive();
  void NoteSize(const std::string& name, uint64_t size, bool synced);
  void NoteInPlace(const std::string& name);  // synced
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options, uint64_t* free,
                                 rocksdb::IODebugContext* debug) override;

 private:
  struct Size {
    uint64_t written = 0;
    uint64_t synced = 0;
  };
  mutable Mutex mutex_;
  Fault fault_ GUARDED_BY(mutex_) = Fault::none;
  int countdown_ GUARDED_BY(mutex_) = 0;
  bool struck_ GUARDED_BY(mutex_) = false;
  bool full_ GUARDED_BY(mutex_) = false;
  bool dead_ GUARDED_BY(mutex_) = false;
  std::map<std::string, Size> sizes_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> in_place_ GUARDED_BY(mutex_);  // content when last synced
};

// Flips one bit of the byte at `offset` of a file on the machine's disk.
void FlipBit(const std::string& path, int64_t offset);
// The newest file in a directory whose name ends so, or "".
std::string NewestFile(const std::string& directory, const std::string& ending);

}  // namespace sluice
