// Opening the directory of a log: lock, identity, database, and the recovery that is never silent (rule D9).
// First with absolute consistency. A record cut at the end of the write-ahead log was never acknowledged: it
// is dropped. Any other damage: the directory is copied aside, every whole record is taken, and the positions
// that are then missing are recorded as lost. The file `ends` is the second witness of how far positions were
// given.
#pragma once

#include <memory>
#include <string>

#include "log/embedded/embedded_log.h"
#include "log/embedded/ends_file.h"
#include "log/embedded/holes.h"
#include "log/embedded/small_files.h"
#include "log/embedded/state.h"

namespace sluice::embedded {

struct Opened {
  std::shared_ptr<WatchedFiles> files;
  std::unique_ptr<DirectoryLock> lock;
  std::unique_ptr<Database> database;
  std::unique_ptr<EndsFile> ends;
  std::string id;
  Catalog catalog;
  int64_t lost = 0;  // positions that this opening recorded as lost
};

std::string DatabasePath(const std::string& directory);
std::string IdentityPath(const std::string& directory);
std::string EndsPath(const std::string& directory);
std::string ReservePath(const std::string& directory);

Result<Opened> OpenDirectory(const EmbeddedLogOptions& options);

// Writes the file `streams` when it is not the same already; a full disk is no failure.
Status KeepStreamCopy(rocksdb::FileSystem& files, const std::string& directory, const std::string& copy);

// Finds the positions of every partition that no batch and no hole covers, up to its end and to `ends`;
// records them as lost in the database and in the catalog, and as empty what a power cut makes us leave out.
// Returns how many are lost. Damaged batches in the way are left to Read and repair.
Result<int64_t> RecordHoles(Database& database, Catalog& catalog, const EndsByPartition& ends, uint32_t boot,
                            bool walk, const std::function<void(const std::string&)>& report);

}  // namespace sluice::embedded
