#include "sources/file/sorted_reader.h"

#include <algorithm>

#include <arrow/compute/api.h>

#include "core/bytes.h"

namespace sluice {
namespace {

Status FromArrow(const arrow::Status& status) { return Status::Reject("sort_by_time: " + status.ToString()); }

}  // namespace

void SortedReader::Add(std::unique_ptr<ReadableFile> handle, std::unique_ptr<FileReader> input) {
  inputs_.push_back({std::move(handle), std::move(input)});
}

Status SortedReader::Restore(const ResumePoint& point) {
  at_ = point.at;
  return {};
}

int64_t SortedReader::total() {
  // Before everything is read, nothing can be said against a place.
  return sorted_ ? Count() : INT64_MAX;
}

Result<std::optional<Chunk>> SortedReader::Next(bool) {
  if (!sorted_) {
    SLUICE_TRY(ReadSome());
    if (input_ < inputs_.size()) return std::optional<Chunk>();
    SLUICE_TRY(Sort());
  }
  at_ = std::min(at_, Count());
  const int64_t end = std::min(at_ + kChunk, Count());
  if (end == at_) return std::optional<Chunk>();
  const auto dead_count = static_cast<int64_t>(dead_.size());
  Chunk chunk{.batch = {}, .begin = {at_, {}, false}, .end = {end, {}, false}};
  for (int64_t i = at_; i < std::min(end, dead_count); ++i) {
    chunk.batch.dead.push_back(dead_[static_cast<size_t>(i)]);
    chunk.batch.dead.back().at = i - at_;
  }
  const int64_t row = std::max<int64_t>(0, at_ - dead_count);
  chunk.batch.rows = rows_->Slice(row, std::max<int64_t>(0, end - dead_count) - row);
  at_ = end;
  return std::optional<Chunk>(std::move(chunk));
}

Status SortedReader::ReadSome() {
  for (int turn = 0; turn < 16 && input_ < inputs_.size(); ++turn) {
    SLUICE_ASSIGN(auto chunk, inputs_[input_].reader->Next(true));
    if (!chunk) {
      if (inputs_[input_].reader->AtEnd()) ++input_;
      continue;
    }
    bytes_ += chunk->batch.ByteSize();
    // Sorting makes a second copy of the rows.
    if (2 * bytes_ > max_bytes_) {
      return Status::Reject(
          "sort_by_time needs the whole input in memory, and it is larger than max_sorted = " +
          FormatByteSize({max_bytes_}) + " allows; raise it, or sort the files before");
    }
    pieces_.push_back(chunk->batch.rows);
    std::move(chunk->batch.dead.begin(), chunk->batch.dead.end(), std::back_inserter(dead_));
  }
  return {};
}

Status SortedReader::Sort() {
  sorted_ = true;
  auto table = arrow::Table::FromRecordBatches(stream_.RowSchema(), std::exchange(pieces_, {}));
  if (!table.ok()) return FromArrow(table.status());
  auto whole = (*table)->CombineChunksToBatch();
  if (!whole.ok()) return FromArrow(whole.status());
  const auto& times = static_cast<const arrow::TimestampArray&>(*(*whole)->column(stream_.time));
  arrow::Int64Builder order;
  std::vector<int64_t> rows(static_cast<size_t>(times.length()));
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int64_t>(i);
  std::stable_sort(rows.begin(), rows.end(),
                   [&](int64_t a, int64_t b) { return times.Value(a) < times.Value(b); });
  if (auto appended = order.AppendValues(rows); !appended.ok()) return FromArrow(appended);
  auto sorted = arrow::compute::Take(*whole, *order.Finish());
  if (!sorted.ok()) return FromArrow(sorted.status());
  rows_ = sorted->record_batch();
  return {};
}

}  // namespace sluice
