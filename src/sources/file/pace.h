// Pace: when a reading is brought in and which event time it then bears, counted from one reading and one
// moment of the clock. Pure functions over values.
//
// Nobody waits for years because one device's clock was wrong, nor for a night that a file leaves out: a
// reading that would be waited for longer than kLongestWait is brought in at once, and the pace goes on from
// there; when the event times return to where they were, so does the pace.
#pragma once

#include <optional>
#include <vector>

#include "core/batch.h"
#include "core/schema.h"

namespace sluice {

// The reading at `event` belongs at `clock`.
struct PaceAnchor {
  Timestamp event;
  Timestamp clock;
  bool operator==(const PaceAnchor&) const = default;
};

// When a reading of that event time is due; speed 0: at once (kMinTime).
Timestamp PaceDue(const PaceAnchor& anchor, double speed, Timestamp event);

inline constexpr Duration kLongestWait = std::chrono::hours(1);

// From where the pace is counted: the first reading, and the latest one behind a gap that was skipped.
struct Pace {
  PaceAnchor base;
  std::optional<PaceAnchor> behind_gap;
  int64_t gaps = 0;  // skipped
};

// When a reading of that event time is due, at most kLongestWait from now. Notes the gap before it when that
// one is skipped. `speed` is above 0.
Timestamp PaceNext(Pace* pace, double speed, Timestamp event, Timestamp now);

// The event time of each entry, rows and dead entries alike; a dead one has that of the row before it, or,
// before any row, of the first.
std::vector<Timestamp> EntryTimes(const Batch& batch, const StreamSpec& stream);

// The entries [from, from + count) as a batch of their own.
Batch SliceEntries(const Batch& batch, int64_t from, int64_t count);

// The same readings with `by` added to their event times, kept within years 1 to 9999.
Batch ShiftTimes(Batch batch, const StreamSpec& stream, Duration by);

}  // namespace sluice
