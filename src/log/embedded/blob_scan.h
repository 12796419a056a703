// Reading RocksDB's blob files without RocksDB, for repair and for a look at files that no manifest knows:
// every batch that is whole. Layout: a header of 30 bytes; records of key length u64, value length u64,
// expiration u64, masked CRC32C u32 of these, CRC32C u32 of key and value, key, value; a footer of 32 bytes.
// Where a record's lengths are damaged, the next record is looked for. Pure; any thread.
#pragma once

#include <functional>
#include <string_view>

#include "log/embedded/batch_format.h"

namespace sluice::embedded {

// Calls `visit` with each batch whose own checksum is right; ends with its first failure.
Status ForEachBlobBatch(std::string_view file,
                        const std::function<Status(const BatchHeader&, std::string_view value)>& visit);

}  // namespace sluice::embedded
