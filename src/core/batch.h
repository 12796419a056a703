// Batch: what a codec makes of bytes and a source offers to the log: a sequence of entries, each a row or a
// dead one. Every entry, good or bad, takes one position, so the order between rows and dead entries is kept
// by `at`. Values; rows are immutable and shared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "core/time.h"

namespace sluice {

using PartitionId = int32_t;
using Position = int64_t;

// How much of a dead letter's bytes is kept.
inline constexpr size_t kDeadBytesKept = 64 << 10;

// A reading that could not be decoded or stored: why, where it came from, what it was.
struct DeadEntry {
  // In a Batch: its place among the batch's entries (0-based, rows and dead entries counted alike).
  // In a Slice: its position in the partition.
  int64_t at = 0;
  std::string reason;  // for a person, one line
  std::string source;  // component and place: "source.ingest line 3"
  std::string bytes;   // the first kDeadBytesKept bytes
  int64_t length = 0;  // of the whole, in bytes
  std::string hash;    // SHA-256 of the whole, 64 hex digits
  Timestamp arrival;   // set by the log
};

// A dead entry for `bytes` (the whole of the reading), cut and hashed.
DeadEntry MakeDeadEntry(int64_t at, std::string reason, std::string source, std::string_view bytes);

struct Batch {
  std::shared_ptr<arrow::RecordBatch> rows;  // StreamSpec::RowSchema(); never null
  std::vector<DeadEntry> dead;               // ascending `at`

  int64_t Count() const;     // entries: rows and dead
  int64_t ByteSize() const;  // memory held, roughly
};

// A run of positions [first, next) of one partition as a job reads it.
// rows + dead + gaps + lost == next - first.
struct Slice {
  PartitionId partition = 0;
  Position first = 0;
  Position next = 0;
  std::shared_ptr<arrow::RecordBatch> rows;  // StreamSpec::TableSchema(), ascending position; never null
  std::vector<DeadEntry> dead;               // `at` is the position
  int64_t gaps = 0;                          // positions that the log proves empty
  int64_t lost = 0;                          // positions that were given and whose entries are gone
};

}  // namespace sluice
