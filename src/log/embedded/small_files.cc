#include "log/embedded/small_files.h"

#include <sstream>

#include <fmt/format.h>

#include "log/embedded/database.h"

namespace sluice::embedded {
namespace {

std::string ParentOf(const std::string& path) { return path.substr(0, path.rfind('/')); }
}  // namespace

Status FromIo(const rocksdb::IOStatus& status, std::string_view what) {
  if (status.ok()) return {};
  const std::string message = fmt::format("{}: {}", what, status.ToString());
  return status.IsNoSpace() ? Status::Retry(message) : Status::Fatal(message);
}

Result<std::optional<std::string>> ReadSmallFile(rocksdb::FileSystem& files, const std::string& path) {
  const rocksdb::IOStatus exists = files.FileExists(path, kIo, nullptr);
  if (exists.IsNotFound()) return std::optional<std::string>();
  std::string content;
  SLUICE_TRY(FromIo(rocksdb::ReadFileToString(&files, path, &content), "cannot read " + path));
  return std::optional(std::move(content));
}

Status ReplaceSmallFile(rocksdb::FileSystem& files, const std::string& path, std::string_view content) {
  const std::string temporary = path + ".tmp";
  const rocksdb::Slice bytes(content.data(), content.size());
  SLUICE_TRY(FromIo(rocksdb::WriteStringToFile(&files, bytes, temporary, true), "cannot write " + temporary));
  SLUICE_TRY(FromIo(files.RenameFile(temporary, path, kIo, nullptr), "cannot rename " + temporary));
  return SyncDirectory(files, ParentOf(path));
}

Status SyncDirectory(rocksdb::FileSystem& files, const std::string& path) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  SLUICE_TRY(FromIo(files.NewDirectory(path, kIo, &directory, nullptr), "cannot open " + path));
  return FromIo(directory->Fsync(kIo, nullptr), "cannot sync " + path);
}

Status MakeDirectory(rocksdb::FileSystem& files, const std::string& path) {
  if (files.FileExists(path, kIo, nullptr).ok()) return {};
  SLUICE_TRY(FromIo(files.CreateDirIfMissing(path, kIo, nullptr), "cannot make " + path));
  return SyncDirectory(files, ParentOf(path));
}

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::Take(rocksdb::FileSystem& files,
                                                           const std::string& directory) {
  const std::string path = directory + "/lock";
  SLUICE_TRY(MakeDirectory(files, directory));
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::IOStatus taken = files.LockFile(path, kIo, &lock, nullptr);
  if (taken.ok()) return std::unique_ptr<DirectoryLock>(new DirectoryLock(files, lock));
  if (taken.IsNoSpace()) return FromIo(taken, "cannot lock " + path);
  return Status::Reject(
      fmt::format("the log in {} is in use by another process, or its lock cannot be taken: {}", directory,
                  taken.ToString()));
}

DirectoryLock::~DirectoryLock() { (void)files_.UnlockFile(lock_, kIo, nullptr); }

std::string EncodeIdentity(const Identity& identity) {
  return fmt::format("sluice log\nversion {}\nid {}\n", identity.version, identity.id);
}

Result<Identity> DecodeIdentity(std::string_view text, const std::string& path) {
  std::istringstream in{std::string(text)};
  std::string sluice;
  std::string log;
  std::string version;
  std::string id;
  Identity identity;
  in >> sluice >> log >> version >> identity.version >> id >> identity.id;
  if (!in || sluice != "sluice" || log != "log" || version != "version" || id != "id") {
    return NeedsRepair(path.substr(0, path.rfind('/')), path + " does not describe a log of Sluice");
  }
  if (identity.version != kFormatVersion) {
    return Status::Reject(
        fmt::format("{} is of format version {}, this program reads version {}: use the program that "
                    "wrote it, or another data_dir",
                    path, identity.version, kFormatVersion));
  }
  return identity;
}

}  // namespace sluice::embedded
