#include "core/batch.h"

#include <arrow/api.h>
#include <arrow/type_traits.h>

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

namespace {

// What a slice refers to, which may be a small part of its buffers. Arrow's own way (ReferencedBufferSize)
// builds arrays for it, at ten times the price of decoding a single reading.
int64_t ColumnBytes(const arrow::ArrayData& column) {
  const int64_t validity = column.buffers[0] == nullptr ? 0 : (column.length + 7) / 8;
  if (arrow::is_fixed_width(column.type->id())) {
    return validity + (column.length * column.type->bit_width() + 7) / 8;
  }
  const bool text = column.type->id() == arrow::Type::STRING || column.type->id() == arrow::Type::BINARY;
  if (!text || column.length == 0) return validity;  // streams have no other types
  const auto* offsets = column.GetValues<int32_t>(1);
  return validity + (column.length + 1) * 4 + offsets[column.length] - offsets[0];
}

}  // namespace

int64_t Batch::ByteSize() const {
  int64_t bytes = 0;
  for (int i = 0; i < rows->num_columns(); ++i) bytes += ColumnBytes(*rows->column_data(i));
  for (const DeadEntry& entry : dead) {
    bytes += static_cast<int64_t>(sizeof(DeadEntry) + entry.bytes.size() + entry.reason.size() +
                                  entry.source.size());
  }
  return bytes;
}

}  // namespace sluice
