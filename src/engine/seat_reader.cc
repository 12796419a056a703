#include "engine/seat_reader.h"

#include <system_error>
#include <utility>

#include <arrow/api.h>
#include <arrow/util/byte_size.h>
#include <fmt/format.h>

#include "engine/span.h"

namespace sluice {
namespace {

// What one read asks of the log: large enough to be worth a commit, small enough to be held twice.
constexpr int64_t kReadBytes = 4 << 20;

// Of a part, what it refers to of its buffers.
Result<int64_t> BytesOf(const arrow::RecordBatch& rows) {
  const auto bytes = arrow::util::ReferencedBufferSize(rows);
  return bytes.ok() ? Result<int64_t>(*bytes) : Status::Fatal(bytes.status().ToString());
}

}  // namespace

SeatReader::SeatReader(Log& log, const StreamSpec& stream, ReadLimits limits, OnMissing on_missing)
    : log_(log), stream_(stream), limits_(limits), on_missing_(on_missing) {}

Result<std::vector<SeatSlice>> SeatReader::Read(const std::vector<ReadPoint>& points) {
  auto ahead = std::exchange(ahead_, std::nullopt);
  if (ahead && points == points_ahead_) return *std::move(ahead);
  return ReadNow(points);
}

void SeatReader::ReadAhead(std::vector<ReadPoint> points) {
  points_ahead_ = std::move(points);
  try {
    reading_ = std::async(std::launch::async, [this] { return ReadNow(points_ahead_); });
  } catch (const std::system_error&) {
    // No thread to be had: the next Read reads by itself.
  }
}

void SeatReader::Await() {
  if (reading_.valid()) ahead_ = reading_.get();
}

Result<std::vector<SeatSlice>> SeatReader::ReadNow(const std::vector<ReadPoint>& points) {
  std::vector<SeatSlice> read;
  ReadLimits left = limits_;
  for (const ReadPoint& point : points) {
    SLUICE_ASSIGN(std::vector<Slice> slices, ReadSeat(point, left));
    if (slices.empty()) continue;
    SLUICE_ASSIGN(Slice joined, JoinSlices(std::move(slices)));
    read.push_back({.seat = point.seat, .slice = std::move(joined)});
  }
  return read;
}

Result<std::vector<Slice>> SeatReader::ReadSeat(const ReadPoint& point, ReadLimits& left) {
  const auto& [job, stream, partition] = point.seat;
  SLUICE_ASSIGN(const Ends ends, log_.EndsOf(stream, partition));
  Position from = point.next;
  std::vector<Slice> slices;
  if (from < ends.low) {
    if (on_missing_ == OnMissing::stop) {
      return Status::Retry(fmt::format("readings {} to {} of stream '{}' went from the log meanwhile", from,
                                       ends.low - 1, stream));
    }
    slices.push_back({.partition = partition,
                      .first = from,
                      .next = ends.low,
                      .rows = *arrow::RecordBatch::MakeEmpty(stream_.TableSchema()),
                      .lost = ends.low - from});
    from = ends.low;
  }
  while (from < ends.high && left.rows > 0 && left.bytes > 0) {
    SLUICE_ASSIGN(Slice slice, ReadSlice(point.seat, from));
    if (slice.next == from) break;
    slice = CutTo(left.rows, std::move(slice), point.seat);
    from = slice.next;
    left.rows -= slice.rows->num_rows() + static_cast<int64_t>(slice.dead.size());
    SLUICE_ASSIGN(const int64_t bytes, BytesOf(*slice.rows));
    left.bytes -= bytes;
    for (const DeadEntry& dead : slice.dead) left.bytes -= static_cast<int64_t>(dead.bytes.size());
    slices.push_back(std::move(slice));
  }
  return slices;
}

Result<Slice> SeatReader::ReadSlice(const Seat& seat, Position from) {
  if (rest_ && rest_->first == seat) {
    Slice rest = std::move(rest_->second);
    rest_.reset();
    if (rest.first == from) return rest;
  }
  Result<Slice> slice = log_.Read(seat.stream, seat.partition, from, kReadBytes);
  // Retention may pass this place while it is read: the job looks again, and decides.
  if (!slice.ok() && slice.status().code() == Code::reject) return Status::Retry(slice.status().message());
  return slice;
}

// A commit of just the rows that make a group of DuckDB's leaves it nothing to join later. A slice with more
// in it than rows stays whole: what lies between them would have to be counted on both sides.
Slice SeatReader::CutTo(int64_t rows, Slice slice, const Seat& seat) {
  const bool rows_alone = slice.dead.empty() && slice.gaps == 0 && slice.lost == 0;
  if (!rows_alone || slice.rows->num_rows() <= rows) return slice;
  Slice rest = slice;
  rest.rows = slice.rows->Slice(rows);
  rest.first = slice.first + rows;
  slice.rows = slice.rows->Slice(0, rows);
  slice.next = rest.first;
  rest_.emplace(seat, std::move(rest));
  return slice;
}

}  // namespace sluice
