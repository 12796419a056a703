// Reading RocksDB's write-ahead log without RocksDB, for repair: every whole record of a file, before and
// behind what is damaged, whether or not a manifest still knows the file. A record is a WriteBatch as
// rocksdb::WriteBatch takes it. Layout: blocks of 32 KiB; each fragment has a masked CRC32C u32 of type and
// payload, length u16, type u8 (1 whole, 2 first, 3 middle, 4 last). Pure; any thread.
#pragma once

#include <functional>
#include <string_view>

#include "core/status.h"

namespace sluice::embedded {

struct WalScan {
  int64_t records = 0;  // whole ones
  int64_t damaged = 0;  // places where bytes had to be passed over; a record cut at the end is one, too
};

// Ends with the first failure of `visit`.
Result<WalScan> ForEachWalRecord(std::string_view file,
                                 const std::function<Status(std::string_view record)>& visit);

}  // namespace sluice::embedded
