// Files: the seam to the file system. Sources that read files and what the app keeps beside its data go
// through one of these, so that a test can put another in its place. RocksDB and DuckDB do their own file
// handling: tests of the log break RocksDB's seam (testing/faulty_files.h), DuckDB's cannot be wrapped.
// Thread-safe unless a handle says otherwise. Failures: retry for a full disk or a passing error, reject for
// a path that does not exist or may not be used, fatal for a failed sync (rule D14).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"
#include "core/time.h"

namespace sluice {

struct FileInfo {
  uint64_t inode = 0;
  int64_t size = 0;
  Timestamp modified;
  bool is_directory = false;
  bool is_regular = true;  // false: a directory, a pipe, a device
};

// One open file for reading at any place. Stays readable when the name is removed or renamed. One thread at a
// time.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  // Up to `n` bytes from `offset` into `out` (resized); fewer only at the end of the file.
  virtual Status ReadAt(int64_t offset, size_t n, std::string* out) = 0;
  virtual Result<FileInfo> Info() = 0;
};

// One open file for appending. One thread at a time. Closed, unsynced, by the destructor.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status Append(std::string_view bytes) = 0;
  virtual Status Sync() = 0;
};

class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::unique_ptr<ReadableFile>> OpenForRead(const std::string& path) = 0;
  // Creates or truncates.
  virtual Result<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path) = 0;
  virtual Result<FileInfo> Info(const std::string& path) = 0;
  virtual bool Exists(const std::string& path) = 0;
  // Names (not paths) in a directory, sorted.
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;
  // Paths that match a shell pattern (`*`, `?`, `[…]`), sorted; empty when none does.
  virtual Result<std::vector<std::string>> Glob(const std::string& pattern) = 0;
  // Makes the directory and those above it, durably.
  virtual Status MakeDirectories(const std::string& path) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Status Remove(const std::string& path) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
};

// The operating system's. Lives as long as the process.
Files& SystemFiles();

Result<std::string> ReadWholeFile(Files& files, const std::string& path, int64_t limit = int64_t{1} << 30);
// Writes `path`.tmp, syncs it, renames it over `path` and syncs the directory: either the old content or the
// new.
Status ReplaceFile(Files& files, const std::string& path, std::string_view content);

}  // namespace sluice
