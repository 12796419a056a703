// One stored batch: header of 64 bytes, rows as one Arrow IPC record batch, dead entries
// (docs/formats/log.md, "Batch"). Written in two steps, because the bulk is encoded by the thread that
// appends while the position is given by the thread that commits: EncodePayload, then SealHeader. Reading
// checks everything before it believes anything: bytes from a damaged disk end in a reject, never in a crash
// or a large allocation. Pure functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "core/batch.h"
#include "core/status.h"

namespace sluice::embedded {

inline constexpr size_t kHeaderBytes = 64;
inline constexpr int64_t kBatchBytes = 256 << 10;   // aim of a stored batch
inline constexpr uint32_t kMaxRawBytes = 1U << 30;  // of its rows, decompressed

struct BatchHeader {
  uint32_t stream = 0;
  PartitionId partition = 0;
  uint32_t schema = 0;
  Position first = 0;
  Timestamp arrival;
  uint32_t rows = 0;
  uint32_t dead = 0;
  uint32_t rows_stored = 0;  // bytes of rows as stored
  uint32_t rows_raw = 0;     // the same, decompressed
  uint32_t dead_bytes = 0;
  uint8_t codec = 0;  // 0 none, 1 LZ4 block

  Position next() const { return first + rows + dead; }
};

// All of a stored batch but what only the committer knows.
struct EncodedPayload {
  BatchHeader header;  // counts and sizes
  std::shared_ptr<arrow::Buffer> rows;
  std::string dead;
  uint32_t crc = 0;  // of rows and dead

  int64_t Count() const { return int64_t{header.rows} + header.dead; }
  int64_t StoredBytes() const {
    return static_cast<int64_t>(kHeaderBytes) + header.rows_stored + header.dead_bytes;
  }
};

struct DecodedBatch {
  BatchHeader header;
  std::shared_ptr<arrow::RecordBatch> rows;
  std::vector<DeadEntry> dead;  // `at` within the batch
};

Result<EncodedPayload> EncodePayload(const Batch& batch);
// The batch in pieces of about kBatchBytes each, in order; dead entries renumbered to their piece.
std::vector<Batch> CutToSize(Batch batch);
// The 64 bytes before the payload. `header` is the payload's with stream, partition, schema, first and
// arrival set.
std::string SealHeader(const BatchHeader& header, uint32_t payload_crc);
// The whole value: for tests and tools, which do not mind the copy.
std::string EncodeBatch(const BatchHeader& place, const EncodedPayload& payload);

// Header of a value whose checksum is right, or a reject that says what is wrong.
Result<BatchHeader> CheckBatch(std::string_view value);
// `value` stays alive as long as the rows. `schema` is the one with the header's id. The header must have
// been checked.
Result<DecodedBatch> DecodeBatch(const std::shared_ptr<arrow::Buffer>& value, const BatchHeader& header,
                                 const std::shared_ptr<arrow::Schema>& schema);

}  // namespace sluice::embedded
