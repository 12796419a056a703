#include "log/embedded/aside.h"

#include <fmt/format.h>

#include "log/embedded/small_files.h"

namespace sluice::embedded {
namespace {

// Files that RocksDB never changes once written share their bytes with the copy.
Status CopyOne(rocksdb::FileSystem& files, const std::string& from, const std::string& to) {
  if ((from.ends_with(".sst") || from.ends_with(".blob")) && files.LinkFile(from, to, kIo, nullptr).ok())
    return {};
  std::string content;
  SLUICE_TRY(FromIo(rocksdb::ReadFileToString(&files, from, &content), "cannot copy " + from));
  return FromIo(rocksdb::WriteStringToFile(&files, content, to, true), "cannot copy to " + to);
}

}  // namespace

std::string FreeAside(rocksdb::FileSystem& files, const std::string& directory) {
  int number = 1;
  while (files.FileExists(fmt::format("{}/damaged-{}", directory, number), kIo, nullptr).ok()) ++number;
  return fmt::format("{}/damaged-{}", directory, number);
}

Result<std::string> CopyAside(rocksdb::FileSystem& files, const std::string& directory) {
  std::string aside = FreeAside(files, directory);
  SLUICE_TRY(MakeDirectory(files, aside));
  std::vector<std::string> names;
  const std::string from = directory + "/db";
  SLUICE_TRY(FromIo(files.GetChildren(from, kIo, &names, nullptr), "cannot list " + from));
  for (const std::string& name : names) {
    if (name == "." || name == ".." || name == "LOCK") continue;
    SLUICE_TRY(CopyOne(files, from + "/" + name, aside + "/" + name));
  }
  SLUICE_TRY(SyncDirectory(files, aside));
  return aside;
}

}  // namespace sluice::embedded
