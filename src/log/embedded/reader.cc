#include "log/embedded/reader.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "log/embedded/batch_format.h"

namespace sluice::embedded {
namespace {

constexpr int64_t kPlaceBytes = 20;  // of ingested_at, _partition, _position

// The rows of one stored batch that belong to the slice, and the positions between which they lie.
struct Part {
  std::shared_ptr<arrow::RecordBatch> rows;
  Position first = 0;
  Position next = 0;
  Timestamp arrival;
  int64_t bytes = 0;            // decoded, with the columns that the log adds
  std::vector<DeadEntry> dead;  // `at` is the position
};

Result<Part> DecodePart(std::string_view value, const ReadView& view, Position from) {
  SLUICE_ASSIGN(const BatchHeader header, CheckBatch(value));
  if (header.stream != view.stream || header.partition != view.partition) {
    return Status::Reject("damaged batch: it belongs elsewhere");
  }
  const auto schema = view.schemas.find(header.schema);
  if (schema == view.schemas.end()) return Status::Reject("damaged batch: its schema is unknown");
  auto copy = arrow::AllocateBuffer(static_cast<int64_t>(value.size()));
  if (!copy.ok()) return Status::Retry("no memory to read the log");
  std::memcpy((*copy)->mutable_data(), value.data(), value.size());
  SLUICE_ASSIGN(DecodedBatch batch,
                DecodeBatch(std::shared_ptr<arrow::Buffer>(*std::move(copy)), header, schema->second));
  Part part{.rows = batch.rows, .first = header.first, .next = header.next(), .arrival = header.arrival};
  part.bytes = int64_t{header.rows_raw} + header.dead_bytes + int64_t{header.rows} * kPlaceBytes;
  int64_t dead_before = 0;
  for (DeadEntry& entry : batch.dead) {
    entry.at += header.first;
    if (entry.at < from)
      ++dead_before;
    else
      part.dead.push_back(std::move(entry));
  }
  if (from > header.first) {
    part.rows = part.rows->Slice(from - header.first - dead_before);
    part.first = from;
  }
  return part;
}

std::shared_ptr<arrow::Array> Joined(const arrow::ArrayVector& pieces) {
  return pieces.size() == 1 ? pieces[0] : arrow::Concatenate(pieces).ValueOrDie();
}

// The column of that name over all parts; null where a part's schema did not have it yet.
Result<std::shared_ptr<arrow::Array>> Column(const std::vector<Part>& parts, const arrow::Field& field) {
  arrow::ArrayVector pieces;
  for (const Part& part : parts) {
    const int at = part.rows->schema()->GetFieldIndex(field.name());
    if (at < 0) {
      pieces.push_back(arrow::MakeArrayOfNull(field.type(), part.rows->num_rows()).ValueOrDie());
    } else if (!part.rows->column(at)->type()->Equals(*field.type())) {
      return Status::Reject(fmt::format("damaged batch: column {} has another type", field.name()));
    } else {
      pieces.push_back(part.rows->column(at));
    }
  }
  if (pieces.empty()) return *arrow::MakeEmptyArray(field.type());
  return Joined(pieces);
}

// ingested_at, _partition, _position of all rows.
arrow::ArrayVector PlaceColumns(const std::vector<Part>& parts, PartitionId partition, int64_t rows) {
  arrow::TimestampBuilder arrivals(ArrowType(FieldType::timestamp), arrow::default_memory_pool());
  arrow::Int32Builder partitions;
  arrow::Int64Builder positions;
  (void)arrivals.Reserve(rows);
  (void)partitions.Reserve(rows);
  (void)positions.Reserve(rows);
  for (const Part& part : parts) {
    size_t dead = 0;
    const int64_t arrival = ToMicros(part.arrival);
    for (Position at = part.first; at < part.next; ++at) {
      if (dead < part.dead.size() && part.dead[dead].at == at) {
        ++dead;
        continue;
      }
      arrivals.UnsafeAppend(arrival);
      partitions.UnsafeAppend(partition);
      positions.UnsafeAppend(at);
    }
  }
  return {*arrivals.Finish(), *partitions.Finish(), *positions.Finish()};
}

Status Assemble(std::vector<Part> parts, const ReadView& view, Slice& slice) {
  int64_t rows = 0;
  for (const Part& part : parts) rows += part.rows->num_rows();
  arrow::ArrayVector columns;
  for (int i = 0; i + 3 < view.table_schema->num_fields(); ++i) {
    SLUICE_ASSIGN(auto column, Column(parts, *view.table_schema->field(i)));
    columns.push_back(std::move(column));
  }
  for (auto& column : PlaceColumns(parts, view.partition, rows)) columns.push_back(std::move(column));
  slice.rows = arrow::RecordBatch::Make(view.table_schema, rows, std::move(columns));
  for (Part& part : parts) {
    std::move(part.dead.begin(), part.dead.end(), std::back_inserter(slice.dead));
  }
  return {};
}

// Nothing is stored up to `next`.
void SkipTo(const ReadView& view, Position next, Slice& slice) {
  const int64_t empty = EmptyWithin(view.holes, slice.next, next);
  slice.gaps += empty;
  slice.lost += next - slice.next - empty;
  slice.next = next;
}

// The iterator at the stored batch that holds `from`, or at the first behind it.
std::unique_ptr<rocksdb::Iterator> Begin(Database& database, const ReadView& view, Position from,
                                         const rocksdb::ReadOptions& options) {
  std::unique_ptr<rocksdb::Iterator> it(database.db().NewIterator(options, database.batches()));
  it->SeekForPrev(BatchKey({view.stream, view.partition, from}));
  if (it->Valid()) {
    const auto header = CheckBatch({it->value().data(), it->value().size()});
    const auto place = ParseBatchKey({it->key().data(), it->key().size()});
    const bool same = place && place->stream == view.stream && place->partition == view.partition;
    if (same && (!header.ok() || header->next() > from)) return it;
  }
  if (it->status().ok()) it->Seek(BatchKey({view.stream, view.partition, from}));
  return it;
}

}  // namespace

Result<Slice> ReadSlice(Database& database, const ReadView& view, Position from, int64_t byte_budget) {
  Slice slice{.partition = view.partition, .first = from, .next = from};
  const std::string end = BatchKey({view.stream, view.partition, view.high});
  const std::string start = BatchKey({view.stream, view.partition, 0});
  const rocksdb::Slice upper(end);
  const rocksdb::Slice lower(start);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  options.iterate_lower_bound = &lower;
  std::vector<Part> parts;
  int64_t bytes = 0;
  const auto it = Begin(database, view, from, options);
  bool more = it->Valid();
  for (; more && bytes < byte_budget; it->Next(), more = it->Valid()) {
    auto part = DecodePart({it->value().data(), it->value().size()}, view, slice.next);
    if (!part.ok() && !parts.empty()) break;  // what lies before is given first
    if (!part.ok()) return part.status().In(fmt::format("at or behind position {}", slice.next));
    SkipTo(view, part->first, slice);
    slice.next = part->next;
    bytes += part->bytes;
    parts.push_back(*std::move(part));
  }
  if (!it->status().ok() && parts.empty()) return database.FromRead(it->status());
  if (it->status().ok() && !more && slice.next < view.high) {
    SkipTo(view, view.high, slice);
  }
  SLUICE_TRY(Assemble(std::move(parts), view, slice));
  return slice;
}

}  // namespace sluice::embedded
