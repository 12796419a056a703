#include "api/events.h"

#include <charconv>

#include <arrow/api.h>
#include <fmt/format.h>

#include "api/render.h"
#include "codecs/json_rows.h"

namespace sluice::api {
namespace {

// Ids of the partitions [from, to) that have one.
std::string IdOfSome(const std::vector<Position>& next, size_t from, size_t to) {
  std::string id;
  for (size_t p = from; p < to; ++p) {
    if (next[p] > 0) id += fmt::format("{}{}:{}", id.empty() ? "" : ",", p, next[p] - 1);
  }
  return id;
}

bool ParseNumber(std::string_view text, int64_t* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size() && *number >= 0 && *number < INT64_MAX;
}

std::string_view CutItem(std::string_view& rest) {
  const size_t comma = rest.find(',');
  const std::string_view item = rest.substr(0, comma);
  rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  return item;
}

// Which rows are of the future, and where they lie.
class Places {
 public:
  Places(const StreamSpec& stream, const arrow::RecordBatch& rows)
      : max_future_(stream.max_future.count()),
        time_(Column<arrow::TimestampArray>(rows, stream.time)),
        arrival_(Column<arrow::TimestampArray>(rows, rows.schema()->GetFieldIndex(std::string(kIngestedAt)))),
        position_(Column<arrow::Int64Array>(rows, rows.schema()->GetFieldIndex(std::string(kPosition)))) {}

  bool IsFuture(int64_t row) const { return time_.Value(row) > arrival_.Value(row) + max_future_; }
  Position PositionOf(int64_t row) const { return position_.Value(row); }

 private:
  template <class Array>
  static const Array& Column(const arrow::RecordBatch& rows, int index) {
    return static_cast<const Array&>(*rows.column(index));
  }
  const int64_t max_future_;
  const arrow::TimestampArray& time_;
  const arrow::TimestampArray& arrival_;
  const arrow::Int64Array& position_;
};

}  // namespace

std::string FormatEventId(const std::vector<Position>& next) { return IdOfSome(next, 0, next.size()); }

Result<std::vector<Position>> ParseEventId(std::string_view id, int partitions) {
  std::vector<Position> next(static_cast<size_t>(partitions), 0);
  for (std::string_view rest = id; !rest.empty();) {
    const std::string_view item = CutItem(rest);
    const size_t colon = item.find(':');
    int64_t partition = 0;
    Position seen = 0;
    if (colon == std::string_view::npos || !ParseNumber(item.substr(0, colon), &partition) ||
        !ParseNumber(item.substr(colon + 1), &seen) || partition >= partitions ||
        next[static_cast<size_t>(partition)] != 0) {
      return Status::Reject(fmt::format(
          "Last-Event-ID '{}' is none of ours: it lists partition:position, as in 0:123", id.substr(0, 64)));
    }
    next[static_cast<size_t>(partition)] = seen + 1;
  }
  return next;
}

std::string Greeting(const std::vector<Position>& next) {
  const std::string id = FormatEventId(next);
  return "retry: 2000\n" + (id.empty() ? "" : "id: " + id + "\n") + "\n";
}

std::string GapEvent(const std::vector<Position>& next, PartitionId partition, Position from, Position to,
                     int64_t missing) {
  const std::string count = missing < 0 ? "null" : std::to_string(missing);
  return fmt::format(
      "id: {}\nevent: gap\ndata: {{\"partition\":{},\"from\":{},\"to\":{},\"missing\":{}}}\n\n",
      FormatEventId(next), partition, from, to, count);
}

std::vector<EventChunk> ReadingEvents(const StreamSpec& stream, const Slice& slice,
                                      std::vector<Position> next, bool include_future, size_t chunk_bytes) {
  const auto partition = static_cast<size_t>(slice.partition);
  std::string before = IdOfSome(next, 0, partition);
  std::string after = IdOfSome(next, partition + 1, next.size());
  before = fmt::format("id: {}{}{}:", before, before.empty() ? "" : ",", partition);
  after = fmt::format("{}{}\ndata: ", after.empty() ? "" : ",", after);

  std::vector<EventChunk> chunks(1);
  const JsonRowWriter writer(*stream.RowSchema(), JsonColumns(stream));
  const Places places(stream, *slice.rows);
  for (int64_t row = 0; row < slice.rows->num_rows(); ++row) {
    if (!include_future && places.IsFuture(row)) continue;
    if (chunks.back().text.size() >= chunk_bytes) chunks.emplace_back();
    EventChunk& chunk = chunks.back();
    chunk.text += before + std::to_string(places.PositionOf(row)) + after;
    writer.AppendObject(*slice.rows, row, chunk.text);
    chunk.text += "\n\n";
    chunk.next = places.PositionOf(row) + 1;
  }
  chunks.back().next = slice.next;
  return chunks;
}

}  // namespace sluice::api
