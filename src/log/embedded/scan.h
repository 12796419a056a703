// Scanning: every stored batch of a partition in order, also where some cannot be read. RocksDB's iterator
// ends at the first value that the disk spoiled; from there on the keys are listed without their values and
// each is fetched by itself. Any thread.
#pragma once

#include <functional>
#include <string_view>

#include "log/embedded/database.h"
#include "log/embedded/keys.h"

namespace sluice::embedded {

// Calls `visit` for each batch that begins in [from, to): its place, and its bytes (checked by nobody yet) or
// the reject that says why they cannot be read. Ends with the first failure of `visit`. Reject: the keys
// themselves cannot be read.
Status ScanBatches(
    Database& database, StreamId stream, PartitionId partition, Position from, Position to,
    const std::function<Status(const EntryPlace&, const Result<std::string_view>& value)>& visit);

}  // namespace sluice::embedded
