// The parts that inspection and repair share: a log opened for reading only, and the check of one partition.
// One thread at a time.
#pragma once

#include <memory>
#include <string>

#include "log/embedded/ends_file.h"
#include "log/embedded/inspect.h"
#include "log/embedded/opening.h"

namespace sluice::embedded {

struct InspectorParts {
  std::shared_ptr<WatchedFiles> files;
  std::unique_ptr<DirectoryLock> lock;
  std::unique_ptr<Database> database;
  std::string id;
  Catalog catalog;
  EndsByPartition ends;    // what the witness knows
  bool unusable = false;   // Open failed because of damage
  std::string wal_damage;  // why not all of the write-ahead log was taken; empty: it was

  // `files` is set; fills the rest.
  Status Open(const std::string& directory);
};

// The header of a batch that is whole: checksum, place, schema, rows and dead entries all decode. Reject: why
// not.
Result<struct BatchHeader> CheckWhole(std::string_view value,
                                      const std::map<uint32_t, std::shared_ptr<arrow::Schema>>& schemas,
                                      const EntryPlace& place);

// Adds what is wrong with a partition to `found`.
Status VerifyPartition(const InspectorParts& parts, const StreamState& stream, PartitionId id,
                       LogVerification& found);

}  // namespace sluice::embedded
