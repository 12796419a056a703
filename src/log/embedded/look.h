// The look at a database before it is opened for writing: RocksDB deletes files that its manifest does not
// name and goes on in silence where a manifest or a write-ahead log is merely shorter than it was. So the
// database is first opened for reading only and held against what else is known: the sizes of its files, the
// checksums of its tables, files that it does not know, and the witness `ends`. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/embedded/catalog.h"
#include "log/embedded/ends_file.h"

namespace sluice::embedded {

struct Look {
  std::unique_ptr<Database> database;                          // for reading only
  Database::Recovery recovery = Database::Recovery::absolute;  // what it took
  std::string wal_damage;                                      // why not `absolute`; empty: it was
};

// The database of the log, taking as much of the write-ahead log as is whole. Reject: it does not open.
Result<Look> OpenForLooking(const std::string& directory, const std::shared_ptr<WatchedFiles>& files,
                            int64_t memory_bytes);

// What is wrong with the files that it knows, one sentence each: tables damaged, blobs missing or short.
// Single batches that rotted inside a blob are not looked for.
std::vector<std::string> FindFileDamage(Database& database);
// Tables and blobs in its directory that it does not know although they hold what it does not have, by path.
Result<std::vector<std::string>> FindForgotten(Database& database, const Catalog& catalog,
                                               const EndsByPartition& ends);
// Writes the batches of such a blob, wherever it lies now, to the database.
Status TakeForgotten(Database& database, const Catalog& catalog, const EndsByPartition& ends,
                     const std::string& path);

// The witness knows of positions that the database does not have.
bool IsShort(const Catalog& catalog, const EndsByPartition& ends);

// How to open it for writing.
struct Plan {
  Database::Recovery recovery = Database::Recovery::absolute;
  std::string damage;                  // what a copy must be kept for; empty: nothing
  std::vector<std::string> forgotten;  // files to be moved into the copy and taken from there
};
// Reject: it is no use opening it; says why, without naming the way out.
Result<Plan> PlanOpening(const std::string& directory, const std::shared_ptr<WatchedFiles>& files,
                         int64_t memory_bytes);

}  // namespace sluice::embedded
