#include "platform/files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {
namespace {

Status FromErrno(std::string_view what, const std::string& path, int error) {
  const std::string message = fmt::format("{} {}: {}", what, path, std::strerror(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case EINTR:
    case EAGAIN:
    case EIO:
      return Status::Retry(message);
    default:
      return Status::Reject(message);
  }
}

FileInfo ToInfo(const struct stat& stat) {
  const auto since_epoch =
      std::chrono::seconds(stat.st_mtim.tv_sec) + std::chrono::nanoseconds(stat.st_mtim.tv_nsec);
  return {.inode = stat.st_ino,
          .size = stat.st_size,
          .modified = Timestamp(std::chrono::floor<Duration>(since_epoch)),
          .is_directory = S_ISDIR(stat.st_mode),
          .is_regular = S_ISREG(stat.st_mode)};
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool IsDirectory(const std::string& path) {
  struct stat stat {};
  return ::stat(path.c_str(), &stat) == 0 && S_ISDIR(stat.st_mode);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

class PosixReadable : public ReadableFile {
 public:
  PosixReadable(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Status ReadAt(int64_t offset, size_t n, std::string* out) override {
    out->resize(n);
    size_t have = 0;
    while (have < n) {
      const ssize_t got =
          ::pread(fd_.get(), out->data() + have, n - have, offset + static_cast<int64_t>(have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return FromErrno("read", path_, errno);
      if (got == 0) break;
      have += static_cast<size_t>(got);
    }
    out->resize(have);
    return {};
  }

  Result<FileInfo> Info() override {
    struct stat stat {};
    if (::fstat(fd_.get(), &stat) != 0) return FromErrno("stat", path_, errno);
    return ToInfo(stat);
  }

 private:
  Descriptor fd_;
  const std::string path_;
};

class PosixWritable : public WritableFile {
 public:
  PosixWritable(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return FromErrno("write", path_, errno);
      bytes.remove_prefix(static_cast<size_t>(put));
    }
    return {};
  }

  Status Sync() override {
    if (::fdatasync(fd_.get()) == 0) return {};
    return Status::Fatal(FromErrno("sync", path_, errno).message());
  }

 private:
  Descriptor fd_;
  const std::string path_;
};

class PosixFiles : public Files {
 public:
  Result<std::unique_ptr<ReadableFile>> OpenForRead(const std::string& path) override {
    // A named pipe without a writer would hold up the thread.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return FromErrno("open", path, errno);
    return std::unique_ptr<ReadableFile>(std::make_unique<PosixReadable>(fd, path));
  }

  Result<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return FromErrno("create", path, errno);
    return std::unique_ptr<WritableFile>(std::make_unique<PosixWritable>(fd, path));
  }

  Result<FileInfo> Info(const std::string& path) override {
    struct stat stat {};
    if (::stat(path.c_str(), &stat) != 0) return FromErrno("stat", path, errno);
    return ToInfo(stat);
  }

  bool Exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
         it.increment(error)) {
      names.push_back(it->path().filename().string());
    }
    if (error) return FromErrno("list", directory, error.value());
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<std::vector<std::string>> Glob(const std::string& pattern) override {
    glob_t found{};
    const int code = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
    std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + (code == 0 ? found.gl_pathc : 0));
    ::globfree(&found);
    if (code != 0 && code != GLOB_NOMATCH) return Status::Retry("cannot list " + pattern);
    return paths;
  }

  Status MakeDirectories(const std::string& path) override {
    if (path.ends_with('/') && path.size() > 1) return MakeDirectories(path.substr(0, path.size() - 1));
    if (IsDirectory(path)) return {};
    const std::string parent = ParentOf(path);
    if (!IsDirectory(parent)) SLUICE_TRY(MakeDirectories(parent));
    if (::mkdir(path.c_str(), 0777) != 0) return FromErrno("create directory", path, errno);
    return SyncDirectory(parent);
  }

  Status Rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? Status() : FromErrno("rename", from, errno);
  }

  Status Remove(const std::string& path) override {
    return ::unlink(path.c_str()) == 0 ? Status() : FromErrno("remove", path, errno);
  }

  Status SyncDirectory(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return FromErrno("open directory", path, errno);
    const Descriptor directory(fd);
    if (::fsync(fd) == 0) return {};
    return Status::Fatal(FromErrno("sync directory", path, errno).message());
  }
};

}  // namespace

Files& SystemFiles() {
  static PosixFiles files;
  return files;
}

Result<std::string> ReadWholeFile(Files& files, const std::string& path, int64_t limit) {
  SLUICE_ASSIGN(const auto file, files.OpenForRead(path));
  SLUICE_ASSIGN(const FileInfo info, file->Info());
  if (info.is_directory) return Status::Reject(path + " is a directory");
  if (info.size > limit) return Status::Reject(fmt::format("{} is larger than {} bytes", path, limit));
  std::string content;
  SLUICE_TRY(file->ReadAt(0, static_cast<size_t>(info.size), &content));
  return content;
}

Status ReplaceFile(Files& files, const std::string& path, std::string_view content) {
  const std::string temporary = path + ".tmp";
  {
    SLUICE_ASSIGN(const auto file, files.OpenForWrite(temporary));
    SLUICE_TRY(file->Append(content));
    SLUICE_TRY(file->Sync());
  }
  SLUICE_TRY(files.Rename(temporary, path));
  return files.SyncDirectory(ParentOf(path));
}

}  // namespace sluice
