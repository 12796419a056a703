#include "log/embedded/watched_files.h"

namespace sluice::embedded {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class WatchedFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WatchedFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, std::string path, WatchedFiles& watch)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), watch_(watch) {}

  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return Noted(FSWritableFileOwnerWrapper::Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Noted(FSWritableFileOwnerWrapper::Fsync(options, debug));
  }
  IOStatus RangeSync(uint64_t offset, uint64_t bytes, const IOOptions& options,
                     IODebugContext* debug) override {
    return Noted(FSWritableFileOwnerWrapper::RangeSync(offset, bytes, options, debug));
  }

 private:
  IOStatus Noted(IOStatus status) {
    watch_.NoteSync(status, path_);
    return status;
  }

  const std::string path_;
  WatchedFiles& watch_;
};

class WatchedDirectory : public rocksdb::FSDirectoryWrapper {
 public:
  WatchedDirectory(std::unique_ptr<rocksdb::FSDirectory>&& directory, std::string path, WatchedFiles& watch)
      : FSDirectoryWrapper(std::move(directory)), path_(std::move(path)), watch_(watch) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Noted(FSDirectoryWrapper::Fsync(options, debug));
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& how) override {
    return Noted(FSDirectoryWrapper::FsyncWithDirOptions(options, debug, how));
  }

 private:
  IOStatus Noted(IOStatus status) {
    watch_.NoteSync(status, path_);
    return status;
  }

  const std::string path_;
  WatchedFiles& watch_;
};

}  // namespace

IOStatus WatchedFiles::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       IODebugContext* debug) {
  IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
  if (!status.ok()) return status;
  *file = std::make_unique<WatchedFile>(std::move(*file), name, *this);
  if (name.ends_with(".log")) {
    MutexLock lock(mutex_);
    wal_ = name;
  }
  return status;
}

IOStatus WatchedFiles::NewDirectory(const std::string& name, const IOOptions& options,
                                    std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext* debug) {
  IOStatus status = FileSystemWrapper::NewDirectory(name, options, directory, debug);
  if (status.ok()) *directory = std::make_unique<WatchedDirectory>(std::move(*directory), name, *this);
  return status;
}

std::string WatchedFiles::FailedSync() const {
  MutexLock lock(mutex_);
  return failed_;
}

bool WatchedFiles::WalStillThere() {
  std::string wal;
  {
    MutexLock lock(mutex_);
    wal = wal_;
  }
  return wal.empty() || FileExists(wal, IOOptions(), nullptr).ok();
}

void WatchedFiles::NoteSync(const IOStatus& status, const std::string& path) {
  if (status.ok() || status.IsNotSupported()) return;
  MutexLock lock(mutex_);
  if (failed_.empty()) failed_ = "cannot sync " + path + ": " + status.ToString();
  sync_failed_ = true;
}

}  // namespace sluice::embedded
