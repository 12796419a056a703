// DirectoryLock: one process at a time in a data directory, by an advisory lock on a file inside it. The lock
// ends with the process, however it ends. Also tells when the directory was deleted or replaced beneath the
// holder. One thread at a time. Take: rejects with the holder's process id when the directory is in use.
#pragma once

#include <memory>
#include <string>

#include "core/status.h"

namespace sluice {

class DirectoryLock {
 public:
  static Result<std::unique_ptr<DirectoryLock>> Take(const std::string& directory);
  // Whether a process holds the directory's lock; false for a directory without one.
  static bool IsTaken(const std::string& directory);
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
