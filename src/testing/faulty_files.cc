#include "testing/faulty_files.h"

#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class FaultyFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, std::string name, FaultyFiles& files)
      : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), files_(files) {}

  IOStatus Append(const rocksdb::Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = files_.Check(FaultyFiles::Fault::write);
    if (!status.ok()) {
      // As a real disk does, some of it arrives.
      (void)FSWritableFileOwnerWrapper::Append({bytes.data(), bytes.size() / 2}, options, debug);
      files_.NoteSize(name_, written_ += bytes.size() / 2, false);
      return status;
    }
    status = FSWritableFileOwnerWrapper::Append(bytes, options, debug);
    if (status.ok()) files_.NoteSize(name_, written_ += bytes.size(), false);
    return status;
  }
  IOStatus Append(const rocksdb::Slice& bytes, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(bytes, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = files_.Check(FaultyFiles::Fault::sync);
    if (status.ok()) status = FSWritableFileOwnerWrapper::Sync(options, debug);
    if (status.ok()) files_.NoteSize(name_, written_, true);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override { return Sync(options, debug); }

 private:
  const std::string name_;
  FaultyFiles& files_;
  uint64_t written_ = 0;
};

class FileInPlace : public rocksdb::FSRandomRWFileOwnerWrapper {
 public:
  FileInPlace(std::unique_ptr<rocksdb::FSRandomRWFile>&& file, std::string name, FaultyFiles& files)
      : FSRandomRWFileOwnerWrapper(std::move(file)), name_(std::move(name)), files_(files) {}

  IOStatus Write(uint64_t offset, const rocksdb::Slice& bytes, const IOOptions& options,
                 IODebugContext* debug) override {
    IOStatus status = files_.CheckAlive();
    return status.ok() ? FSRandomRWFileOwnerWrapper::Write(offset, bytes, options, debug) : status;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = files_.Check(FaultyFiles::Fault::sync);
    if (status.ok()) status = FSRandomRWFileOwnerWrapper::Sync(options, debug);
    if (status.ok()) files_.NoteInPlace(name_);
    return status;
  }

 private:
  const std::string name_;
  FaultyFiles& files_;
};

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void FaultyFiles::FailNth(Fault fault, int n) {
  MutexLock lock(mutex_);
  fault_ = fault;
  countdown_ = n;
  struck_ = false;
}

bool FaultyFiles::struck() const {
  MutexLock lock(mutex_);
  return struck_;
}

void FaultyFiles::SetFull(bool full) {
  MutexLock lock(mutex_);
  full_ = full;
}

void FaultyFiles::Kill() {
  MutexLock lock(mutex_);
  dead_ = true;
}

IOStatus FaultyFiles::Check(Fault fault) {
  MutexLock lock(mutex_);
  if (dead_) return IOStatus::IOError("the process is dead");
  if (full_ && fault == Fault::write) return IOStatus::NoSpace("the disk is full");
  if (fault != fault_ || --countdown_ != 0) return IOStatus::OK();
  struck_ = true;
  return IOStatus::IOError("a fault of the test");
}

void FaultyFiles::NoteSize(const std::string& name, uint64_t size, bool synced) {
  MutexLock lock(mutex_);
  if (dead_) return;
  sizes_[name].written = size;
  if (synced) sizes_[name].synced = size;
}

IOStatus FaultyFiles::CheckAlive() {
  MutexLock lock(mutex_);
  return dead_ ? IOStatus::IOError("the process is dead") : IOStatus::OK();
}

void FaultyFiles::NoteInPlace(const std::string& name) {
  MutexLock lock(mutex_);
  if (!dead_) in_place_[name] = Content(name);
}

void FaultyFiles::Crash() {
  {
    MutexLock lock(mutex_);
    for (const auto& [name, size] : sizes_) {
      std::error_code ignored;
      if (std::filesystem::exists(name)) std::filesystem::resize_file(name, size.synced, ignored);
    }
    for (const auto& [name, content] : in_place_) {
      if (std::filesystem::exists(name)) std::ofstream(name, std::ios::binary) << content;
    }
  }
  Revive();
}

void FaultyFiles::Revive() {
  MutexLock lock(mutex_);
  sizes_.clear();
  in_place_.clear();
  fault_ = Fault::none;
  dead_ = false;
  full_ = false;
}

IOStatus FaultyFiles::GetFreeSpace(const std::string& path, const IOOptions& options, uint64_t* free,
                                   IODebugContext* debug) {
  IOStatus status = FileSystemWrapper::GetFreeSpace(path, options, free, debug);
  MutexLock lock(mutex_);
  if (full_) *free = 0;
  return status;
}

IOStatus FaultyFiles::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
  {
    MutexLock lock(mutex_);
    if (dead_) return IOStatus::IOError("the process is dead");
  }
  IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
  if (!status.ok()) return status;
  *file = std::make_unique<FaultyFile>(std::move(*file), name, *this);
  NoteSize(name, 0, true);
  return status;
}

IOStatus FaultyFiles::NewRandomRWFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSRandomRWFile>* file, IODebugContext* debug) {
  IOStatus status = FileSystemWrapper::NewRandomRWFile(name, options, file, debug);
  if (!status.ok()) return status;
  *file = std::make_unique<FileInPlace>(std::move(*file), name, *this);
  MutexLock lock(mutex_);
  sizes_.erase(name);
  in_place_[name] = Content(name);
  return status;
}

IOStatus FaultyFiles::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                 IODebugContext* debug) {
  IOStatus status = Check(Fault::rename);
  if (status.ok()) status = FileSystemWrapper::RenameFile(from, to, options, debug);
  MutexLock lock(mutex_);
  if (status.ok() && sizes_.contains(from)) {
    sizes_[to] = sizes_[from];
    sizes_.erase(from);
  }
  return status;
}

IOStatus FaultyFiles::DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* debug) {
  MutexLock lock(mutex_);
  if (dead_) return IOStatus::IOError("the process is dead");
  sizes_.erase(name);
  return FileSystemWrapper::DeleteFile(name, options, debug);
}

void FlipBit(const std::string& path, int64_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(offset);
  const auto byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(offset);
  file.put(byte);
}

std::string NewestFile(const std::string& directory, const std::string& ending) {
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string path = entry.path().string();
    if (path.ends_with(ending) && path > newest) newest = path;
  }
  return newest;
}

}  // namespace sluice
