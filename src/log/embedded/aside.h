// The copy of a database that damage or a repair leaves beside it: nothing that might still be of use is
// thrown away before somebody looked at it. Tables and blobs are hard links, so it costs next to nothing
// until the log moves on. One thread at a time.
#pragma once

#include <string>

#include <rocksdb/file_system.h>

#include "core/status.h"

namespace sluice::embedded {

// The first of `directory`/damaged-1, -2, … that is free.
std::string FreeAside(rocksdb::FileSystem& files, const std::string& directory);
// Copies `directory`/db to the first free `directory`/damaged-N; the path of that.
Result<std::string> CopyAside(rocksdb::FileSystem& files, const std::string& directory);

}  // namespace sluice::embedded
