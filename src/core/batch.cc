#include "core/batch.h"

#include <arrow/api.h>
#include <arrow/util/byte_size.h>

#include "core/hash.h"

namespace sluice {

DeadEntry MakeDeadEntry(int64_t at, std::string reason, std::string source, std::string_view bytes) {
  return DeadEntry{.at = at,
                   .reason = std::move(reason),
                   .source = std::move(source),
                   .bytes = std::string(bytes.substr(0, kDeadBytesKept)),
                   .length = static_cast<int64_t>(bytes.size()),
                   .hash = Sha256Hex(bytes)};
}

int64_t Batch::Count() const { return rows->num_rows() + static_cast<int64_t>(dead.size()); }

int64_t Batch::ByteSize() const {
  // Of a slice, what it refers to: it may be a small part of a large batch.
  int64_t bytes = arrow::util::ReferencedBufferSize(*rows).ValueOr(arrow::util::TotalBufferSize(*rows));
  for (const DeadEntry& entry : dead) {
    bytes += static_cast<int64_t>(sizeof(DeadEntry) + entry.bytes.size() + entry.reason.size() +
                                  entry.source.size());
  }
  return bytes;
}

}  // namespace sluice
