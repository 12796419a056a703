// DirectoryLock: one process at a time in a data directory, or any number that only look, by an advisory lock
// on a file inside it. The lock ends with the process, however it ends. Also tells when the directory was
// deleted or replaced beneath the holder. One thread at a time. Take and Share reject with the holder's
// process id when the directory is in use.
#pragma once

#include <memory>
#include <string>

#include "core/status.h"

namespace sluice {

class DirectoryLock {
 public:
  static Result<std::unique_ptr<DirectoryLock>> Take(const std::string& directory);
  // For who only looks; writes nothing, not even to the lock file, which must be there.
  static Result<std::unique_ptr<DirectoryLock>> Share(const std::string& directory);
  // Whether a process has taken the directory; false for a directory without a lock file.
  static bool IsTaken(const std::string& directory) { return !CheckFree(directory).ok(); }
  // The same with the words of Take.
  static Status CheckFree(const std::string& directory);
  // A word for others who find the directory taken, and that word ("" without one). A full disk may keep it
  // from being written; nothing depends on it.
  void Note(const std::string& word);
  static std::string NoteOf(const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  // Fatal when the lock file that we hold is no longer the one in the directory.
  Status Check() const;

 private:
  DirectoryLock(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  const int fd_;
  const std::string path_;
};

}  // namespace sluice
