#include "engine/span.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include <arrow/api.h>

#include "codecs/json_rows.h"

namespace sluice {
namespace {

Result<std::shared_ptr<arrow::RecordBatch>> JoinRows(const std::vector<Slice>& slices) {
  arrow::RecordBatchVector batches;
  for (const Slice& slice : slices) batches.push_back(slice.rows);
  auto joined = arrow::ConcatenateRecordBatches(batches);
  if (!joined.ok()) return Status::Fatal("joining slices: " + joined.status().ToString());
  return joined.MoveValueUnsafe();
}

// A row as the JSON object that it could have come from, so that its dead letter can be offered again.
std::string RowText(const StreamSpec& stream, const arrow::RecordBatch& rows, int64_t row) {
  const auto schema = stream.RowSchema();
  std::vector<std::shared_ptr<arrow::Array>> cells;
  for (int i = 0; i < schema->num_fields(); ++i) cells.push_back(rows.column(i)->Slice(row, 1));
  std::string text;
  JsonRowWriter(*schema, JsonColumns(stream))
      .AppendObject(*arrow::RecordBatch::Make(schema, 1, std::move(cells)), 0, text);
  return text;
}

}  // namespace

Result<Slice> JoinSlices(std::vector<Slice> slices) {
  Slice joined = std::move(slices.front());
  if (slices.size() == 1) return joined;
  slices.front().rows = joined.rows;
  SLUICE_ASSIGN(joined.rows, JoinRows(slices));
  for (size_t i = 1; i < slices.size(); ++i) {
    Slice& slice = slices[i];
    std::move(slice.dead.begin(), slice.dead.end(), std::back_inserter(joined.dead));
    joined.gaps += slice.gaps;
    joined.lost += slice.lost;
    joined.next = slice.next;
  }
  return joined;
}

Span ToSpan(const Seat& seat, uint64_t epoch, Slice slice, std::string state) {
  const Terms terms{.stored = slice.rows->num_rows(),
                    .dead = static_cast<int64_t>(slice.dead.size()),
                    .gaps = slice.gaps,
                    .lost = slice.lost};
  return {.seat = seat,
          .epoch = epoch,
          .from = slice.first,
          .next = slice.next,
          .rows = std::move(slice.rows),
          .dead = std::move(slice.dead),
          .terms = terms,
          .state = std::move(state)};
}

Result<Span> RejectRows(const StreamSpec& stream, Span span, const std::vector<Refusal>& rejected,
                        const std::string& reason) {
  std::unordered_set<Position> bad;
  for (const Refusal& refusal : rejected) {
    if (refusal.seat == span.seat) bad.insert(refusal.position);
  }
  if (bad.empty()) return span;
  const auto& positions =
      static_cast<const arrow::Int64Array&>(*span.rows->GetColumnByName(std::string(kPosition)));
  const auto& arrivals =
      static_cast<const arrow::TimestampArray&>(*span.rows->GetColumnByName(std::string(kIngestedAt)));
  std::vector<Slice> kept;
  int64_t run = 0;
  const auto keep_until = [&](int64_t row) {
    if (row > run) kept.push_back({.rows = span.rows->Slice(run, row - run)});
    run = row + 1;
  };
  for (int64_t row = 0; row < span.rows->num_rows(); ++row) {
    if (!bad.contains(positions.Value(row))) continue;
    DeadEntry dead =
        MakeDeadEntry(positions.Value(row), reason, span.seat.job, RowText(stream, *span.rows, row));
    dead.arrival = FromMicros(arrivals.Value(row));
    span.dead.push_back(std::move(dead));
    --span.terms.stored;
    ++span.terms.dead;
    keep_until(row);
  }
  keep_until(span.rows->num_rows());
  std::sort(span.dead.begin(), span.dead.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  if (kept.empty()) {
    span.rows = span.rows->Slice(0, 0);
    return span;
  }
  SLUICE_ASSIGN(span.rows, JoinRows(kept));
  return span;
}

}  // namespace sluice
