// Salvage: everything that is whole in the files of a database that does not open, taken from each file by
// itself: batches from blobs and write-ahead logs, records from tables and write-ahead logs. Nothing in
// `directory` is changed. One thread at a time.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "log/embedded/database.h"
#include "log/embedded/keys.h"
#include "log/embedded/record_merge.h"

namespace sluice::embedded {

struct Salvaged {
  RecordMerge records;
  std::map<StreamId, int64_t> batches;  // written to the target, by stream; some more than once
};

// Reads the files of `directory` and writes the batches to `target`. `say` hears of every file that is not
// whole. Retry: full disk.
Result<Salvaged> SalvageFiles(WatchedFiles& files, const std::string& directory, Database& target,
                              const std::function<void(const std::string&)>& say);

}  // namespace sluice::embedded
