// Segments: runs of stored batches of one partition that are counted, aged and deleted together, so that
// retention needs neither a list of all batches nor a walk over them. And the decision which of them go
// (rule: design page 3, "Retention"): what every job has committed goes by age, or at once, oldest first,
// where room is wanted. Pure functions over values.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch.h"

namespace sluice::embedded {

struct Segment {
  Position first = 0;
  Position next = 0;
  int64_t bytes = 0;
  int64_t batches = 0;
  Timestamp oldest;  // arrival
  Timestamp newest;
  bool operator==(const Segment&) const = default;
};

std::string EncodeSegment(const Segment& segment);
std::optional<Segment> DecodeSegment(std::string_view bytes, Position first);

struct SegmentLimits {
  int64_t bytes = 4 << 20;
  Duration span = std::chrono::hours(1);
};

// Limits fine enough for these bounds: a sixty-fourth of the bytes, a twenty-fourth of the time.
SegmentLimits LimitsFor(int64_t max_bytes, Duration retain);

// Adds a batch to the last segment, or begins a new one; true when it began one (the one before is then
// complete).
bool AddToSegments(std::deque<Segment>& segments, const SegmentLimits& limits, const Segment& batch);

struct Retained {
  const std::deque<Segment>* segments = nullptr;
  Position trimmed = 0;  // every job has committed what lies below
};

// How many segments go from the front of each partition.
std::vector<size_t> PlanRetention(const std::vector<Retained>& partitions, Timestamp now, Duration retain,
                                  int64_t excess_bytes);

}  // namespace sluice::embedded
