#include "sources/file/pace.h"

#include <algorithm>
#include <cmath>

#include <arrow/api.h>

namespace sluice {
namespace {

const arrow::TimestampArray& TimesOf(const Batch& batch, const StreamSpec& stream) {
  return static_cast<const arrow::TimestampArray&>(*batch.rows->column(stream.time));
}

// Whether the pace may be counted from there: a reading far before the anchor, or far ahead of now, may not.
bool Reaches(const PaceAnchor& anchor, double speed, Timestamp event, Timestamp now) {
  const double longest = static_cast<double>(kLongestWait.count()) * speed;
  if (static_cast<double>((event - anchor.event).count()) < -longest) return false;
  return PaceDue(anchor, speed, event) - now <= kLongestWait;
}

}  // namespace

Timestamp PaceNext(Pace* pace, double speed, Timestamp event, Timestamp now) {
  if (Reaches(pace->base, speed, event, now)) return PaceDue(pace->base, speed, event);
  if (!pace->behind_gap || !Reaches(*pace->behind_gap, speed, event, now)) {
    pace->behind_gap = PaceAnchor{event, now};
    ++pace->gaps;
  }
  return PaceDue(*pace->behind_gap, speed, event);
}

Timestamp PaceDue(const PaceAnchor& anchor, double speed, Timestamp event) {
  if (speed <= 0) return kMinTime;
  const double wait = static_cast<double>((event - anchor.event).count()) / speed;
  const double limit = static_cast<double>((kMaxTime - anchor.clock).count());
  if (wait >= limit) return kMaxTime;
  return wait <= 0 ? anchor.clock : anchor.clock + Duration(std::llround(wait));
}

std::vector<Timestamp> EntryTimes(const Batch& batch, const StreamSpec& stream) {
  const auto& column = TimesOf(batch, stream);
  std::vector<Timestamp> times;
  times.reserve(static_cast<size_t>(batch.Count()));
  size_t dead = 0;
  int64_t row = 0;
  Timestamp last = column.length() > 0 ? FromMicros(column.Value(0)) : kMinTime;
  for (int64_t at = 0; at < batch.Count(); ++at) {
    if (dead < batch.dead.size() && batch.dead[dead].at == at) {
      ++dead;
    } else {
      last = FromMicros(column.Value(row++));
    }
    times.push_back(last);
  }
  return times;
}

Batch SliceEntries(const Batch& batch, int64_t from, int64_t count) {
  if (from == 0 && count == batch.Count()) return batch;
  Batch slice;
  int64_t dead_before = 0;
  for (const DeadEntry& dead : batch.dead) {
    if (dead.at < from) ++dead_before;
    if (dead.at < from || dead.at >= from + count) continue;
    slice.dead.push_back(dead);
    slice.dead.back().at -= from;
  }
  slice.rows = batch.rows->Slice(from - dead_before, count - static_cast<int64_t>(slice.dead.size()));
  return slice;
}

Batch ShiftTimes(Batch batch, const StreamSpec& stream, Duration by) {
  const auto& column = TimesOf(batch, stream);
  arrow::TimestampBuilder shifted(column.type(), arrow::default_memory_pool());
  (void)shifted.Reserve(column.length());
  for (int64_t row = 0; row < column.length(); ++row) {
    const Timestamp time = std::clamp(FromMicros(column.Value(row)) + by, kMinTime, kMaxTime);
    shifted.UnsafeAppend(ToMicros(time));
  }
  batch.rows =
      *batch.rows->SetColumn(stream.time, batch.rows->schema()->field(stream.time), *shifted.Finish());
  return batch;
}

}  // namespace sluice
