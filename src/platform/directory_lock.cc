#include "platform/directory_lock.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {
namespace {

std::string PathOf(const std::string& directory) { return directory + "/LOCK"; }

// The lock file holds the process id, and behind it the holder's note, a line each.
std::string LineOf(int fd, int number) {
  std::array<char, 512> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  std::istringstream lines(std::string(text.data(), n > 0 ? static_cast<size_t>(n) : 0));
  std::string line;
  for (int i = 0; i <= number; ++i) {
    if (!std::getline(lines, line)) return "";
  }
  return line;
}

void WriteLines(int fd, const std::string& note) {
  const std::string text = fmt::format("{}\n{}", ::getpid(), note.empty() ? "" : note + "\n");
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, text.data(), text.size(), 0) < 0) {
    // Only what a second process is told suffers.
  }
}

Status InUse(int fd, const std::string& directory) {
  // Who only looks leaves no name.
  if (::flock(fd, LOCK_SH | LOCK_NB) == 0) {
    return Status::Reject(
        fmt::format("{} is being looked at by another command; try again when it has ended", directory));
  }
  const std::string pid = LineOf(fd, 0);
  return Status::Reject(
      fmt::format("{} is in use by {}. Stop that one, or give this pipeline its own data_dir", directory,
                  pid.empty() ? "another process" : "process " + pid));
}

Status CannotUse(const std::string& directory) {
  return Status::Reject(fmt::format("cannot use {}: {}", directory, std::strerror(errno)));
}

}  // namespace

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::Take(const std::string& directory) {
  const std::string path = PathOf(directory);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return CannotUse(directory);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const Status in_use = InUse(fd, directory);
    ::close(fd);
    return in_use;
  }
  WriteLines(fd, "");
  return std::unique_ptr<DirectoryLock>(new DirectoryLock(fd, path));
}

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::Share(const std::string& directory) {
  const std::string path = PathOf(directory);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return CannotUse(directory);
  if (::flock(fd, LOCK_SH | LOCK_NB) != 0) {
    const Status in_use = InUse(fd, directory);
    ::close(fd);
    return in_use;
  }
  return std::unique_ptr<DirectoryLock>(new DirectoryLock(fd, path));
}

Status DirectoryLock::CheckFree(const std::string& directory) {
  const int fd = ::open(PathOf(directory).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const Status free = ::flock(fd, LOCK_SH | LOCK_NB) == 0 ? Status() : InUse(fd, directory);
  ::close(fd);
  return free;
}

void DirectoryLock::Note(const std::string& word) { WriteLines(fd_, word); }

std::string DirectoryLock::NoteOf(const std::string& directory) {
  const int fd = ::open(PathOf(directory).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::string note = LineOf(fd, 1);
  ::close(fd);
  return note;
}

DirectoryLock::~DirectoryLock() { ::close(fd_); }

Status DirectoryLock::Check() const {
  struct stat ours {};
  struct stat there {};
  if (::fstat(fd_, &ours) == 0 && ::stat(path_.c_str(), &there) == 0 && ours.st_ino == there.st_ino)
    return {};
  return Status::Fatal(
      fmt::format("{} was deleted or replaced beneath the running pipeline; stopping so that nothing "
                  "is acknowledged that cannot be kept",
                  path_.substr(0, path_.rfind('/'))));
}

}  // namespace sluice
