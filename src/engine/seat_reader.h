// SeatReader: reads from the log what a job's next commit is made of, and, while that commit is under way,
// what the one after it will be made of. Owned by its job and called by the job's thread alone; reading ahead
// has a thread of its own from ReadAhead to Await. It holds at most one commit's worth of readings, and the
// rest of the slice that was cut last at the limit of rows, beside what it has handed out. Fails as Log::Read
// does; a failure while reading ahead is found when that reading is asked for.
#pragma once

#include <future>
#include <optional>
#include <utility>
#include <vector>

#include "core/schema.h"
#include "engine/sink.h"
#include "log/log.h"

namespace sluice {

// The first position that is not yet read of a seat.
struct ReadPoint {
  Seat seat;
  Position next = 0;
  bool operator==(const ReadPoint&) const = default;
};

struct SeatSlice {
  Seat seat;
  Slice slice;
};

// Reading ends where one of these is reached: of rows at once, of bytes behind the slice that reaches it.
struct ReadLimits {
  int64_t rows = 0;
  int64_t bytes = 0;
};

// What becomes of readings that are gone from the log before they were read.
enum class OnMissing { stop, skip };

class SeatReader {
 public:
  // Both outlive the reader.
  SeatReader(Log& log, const StreamSpec& stream, ReadLimits limits, OnMissing on_missing);

  // One slice for each point that has readings, taken from one after the other in the order given. What the
  // log no longer has from a point on is counted as lost (skip), or retry: the job has to see to it first
  // (stop).
  Result<std::vector<SeatSlice>> Read(const std::vector<ReadPoint>& points);

  // Begins to read in the background; Await waits for its end. The next Read gives it to whoever asks for the
  // very same points, else forgets it.
  void ReadAhead(std::vector<ReadPoint> points);
  void Await();
  // A position may mean another reading from now on: what was read ahead, and awaited, is given to nobody.
  void Forget() {
    ahead_.reset();
    rest_.reset();
  }

 private:
  Result<std::vector<SeatSlice>> ReadNow(const std::vector<ReadPoint>& points);
  Result<std::vector<Slice>> ReadSeat(const ReadPoint& point, ReadLimits& left);
  Result<Slice> ReadSlice(const Seat& seat, Position from);
  Slice CutTo(int64_t rows, Slice slice, const Seat& seat);

  Log& log_;
  const StreamSpec& stream_;
  const ReadLimits limits_;
  const OnMissing on_missing_;
  std::optional<std::pair<Seat, Slice>> rest_;  // of whoever reads at the moment
  std::vector<ReadPoint> points_ahead_;
  std::future<Result<std::vector<SeatSlice>>> reading_;
  std::optional<Result<std::vector<SeatSlice>>> ahead_;
};

}  // namespace sluice
