#include "log/partitioner.h"

#include <arrow/api.h>
#include <fmt/format.h>

namespace sluice {
namespace {

uint32_t LittleEndian(const char* at) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(at);
  return bytes[0] | (uint32_t{bytes[1]} << 8) | (uint32_t{bytes[2]} << 16) | (uint32_t{bytes[3]} << 24);
}

std::vector<PartitionId> PartitionOfEachRow(const arrow::Array& keys, int partitions) {
  std::vector<PartitionId> found(static_cast<size_t>(keys.length()));
  const bool text = keys.type_id() == arrow::Type::STRING;
  for (int64_t row = 0; row < keys.length(); ++row) {
    found[static_cast<size_t>(row)] =
        text && keys.IsValid(row)
            ? PartitionOf(static_cast<const arrow::StringArray&>(keys).GetView(row), partitions)
            : PartitionOf(KeyText(keys, row), partitions);
  }
  return found;
}

// Rows of one partition in order, as few slices as their neighbourhood allows.
std::shared_ptr<arrow::RecordBatch> RowsOf(const arrow::RecordBatch& rows,
                                           const std::vector<PartitionId>& owner, PartitionId partition) {
  arrow::RecordBatchVector runs;
  const auto count = static_cast<int64_t>(owner.size());
  for (int64_t begin = 0; begin < count;) {
    int64_t end = begin;
    while (end < count && owner[static_cast<size_t>(end)] == partition) ++end;
    if (end > begin) runs.push_back(rows.Slice(begin, end - begin));
    begin = std::max(end, begin + 1);
  }
  if (runs.empty()) return rows.Slice(0, 0);
  return runs.size() == 1 ? runs[0] : arrow::ConcatenateRecordBatches(runs).ValueOrDie();
}

// Where each entry of partition 0 now stands: dead entries keep their place among the rows that stay with
// them.
void Renumber(std::vector<DeadEntry>& dead, const std::vector<PartitionId>& owner) {
  int64_t row = 0;
  int64_t kept = 0;
  for (size_t i = 0; i < dead.size(); ++i) {
    const int64_t rows_before = dead[i].at - static_cast<int64_t>(i);
    for (; row < rows_before && row < static_cast<int64_t>(owner.size()); ++row) {
      kept += owner[static_cast<size_t>(row)] == 0;
    }
    dead[i].at = kept + static_cast<int64_t>(i);
  }
}

}  // namespace

uint32_t Murmur2(std::string_view bytes) {
  constexpr uint32_t kMultiplier = 0x5bd1e995;
  constexpr uint32_t kSeed = 0x9747b28c;
  uint32_t hash = kSeed ^ static_cast<uint32_t>(bytes.size());
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    uint32_t word = LittleEndian(bytes.data() + at) * kMultiplier;
    word = (word ^ (word >> 24)) * kMultiplier;
    hash = (hash * kMultiplier) ^ word;
  }
  const size_t rest = bytes.size() - at;
  if (rest > 0) {
    for (size_t i = rest; i-- > 0;) hash ^= uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    hash *= kMultiplier;
  }
  hash = (hash ^ (hash >> 13)) * kMultiplier;
  return hash ^ (hash >> 15);
}

PartitionId PartitionOf(std::string_view key, int partitions) {
  return static_cast<PartitionId>((Murmur2(key) & 0x7fffffff) % static_cast<uint32_t>(partitions));
}

std::string KeyText(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return "";
  switch (column.type_id()) {
    case arrow::Type::STRING:
      return static_cast<const arrow::StringArray&>(column).GetString(row);
    case arrow::Type::INT64:
      return fmt::format("{}", static_cast<const arrow::Int64Array&>(column).Value(row));
    case arrow::Type::DOUBLE:
      return fmt::format("{}", static_cast<const arrow::DoubleArray&>(column).Value(row));
    case arrow::Type::BOOL:
      return static_cast<const arrow::BooleanArray&>(column).Value(row) ? "true" : "false";
    case arrow::Type::TIMESTAMP:
      return FormatRfc3339(FromMicros(static_cast<const arrow::TimestampArray&>(column).Value(row)));
    default:
      return column.GetScalar(row).ValueOrDie()->ToString();
  }
}

std::vector<Batch> SplitByPartition(const StreamSpec& stream, Batch batch) {
  std::vector<Batch> parts(static_cast<size_t>(stream.partitions));
  if (!stream.key || stream.partitions == 1) {
    for (size_t i = 1; i < parts.size(); ++i) parts[i].rows = batch.rows->Slice(0, 0);
    parts[0] = std::move(batch);
    return parts;
  }
  const auto owner = PartitionOfEachRow(*batch.rows->column(*stream.key), stream.partitions);
  for (PartitionId partition = 0; partition < stream.partitions; ++partition) {
    parts[static_cast<size_t>(partition)].rows = RowsOf(*batch.rows, owner, partition);
  }
  parts[0].dead = std::move(batch.dead);
  Renumber(parts[0].dead, owner);
  return parts;
}

}  // namespace sluice
