#include "log/embedded/segments.h"

#include <algorithm>

#include "log/embedded/wire.h"

namespace sluice::embedded {
namespace {

bool MayGo(const Retained& partition, size_t index) {
  return index < partition.segments->size() && (*partition.segments)[index].next <= partition.trimmed;
}

}  // namespace

std::string EncodeSegment(const Segment& segment) {
  WireWriter out;
  out.Put(segment.next);
  out.Put(segment.bytes);
  out.Put(segment.batches);
  out.Put(ToMicros(segment.oldest));
  out.Put(ToMicros(segment.newest));
  return out.Take();
}

std::optional<Segment> DecodeSegment(std::string_view bytes, Position first) {
  WireReader in(bytes);
  Segment segment{.first = first};
  segment.next = in.Get<Position>();
  segment.bytes = in.Get<int64_t>();
  segment.batches = in.Get<int64_t>();
  segment.oldest = FromMicros(in.Get<int64_t>());
  segment.newest = FromMicros(in.Get<int64_t>());
  if (!in.Done() || segment.next <= first) return std::nullopt;
  return segment;
}

SegmentLimits LimitsFor(int64_t max_bytes, Duration retain) {
  return {.bytes = std::clamp<int64_t>(max_bytes / 64, 1, 4 << 20), .span = retain / 24};
}

bool AddToSegments(std::deque<Segment>& segments, const SegmentLimits& limits, const Segment& batch) {
  if (!segments.empty()) {
    Segment& last = segments.back();
    const Timestamp newest = std::max(last.newest, batch.newest);
    if (last.bytes + batch.bytes <= limits.bytes && newest - last.oldest <= limits.span) {
      last.next = batch.next;
      last.bytes += batch.bytes;
      last.batches += batch.batches;
      last.newest = newest;
      return false;
    }
  }
  segments.push_back(batch);
  return true;
}

std::vector<size_t> PlanRetention(const std::vector<Retained>& partitions, Timestamp now, Duration retain,
                                  int64_t excess_bytes) {
  std::vector<size_t> drop(partitions.size(), 0);
  for (size_t i = 0; i < partitions.size(); ++i) {
    while (MayGo(partitions[i], drop[i]) && (*partitions[i].segments)[drop[i]].newest + retain <= now) {
      excess_bytes -= (*partitions[i].segments)[drop[i]++].bytes;
    }
  }
  while (excess_bytes > 0) {
    std::optional<size_t> oldest;
    for (size_t i = 0; i < partitions.size(); ++i) {
      if (!MayGo(partitions[i], drop[i])) continue;
      if (!oldest ||
          (*partitions[i].segments)[drop[i]].newest < (*partitions[*oldest].segments)[drop[*oldest]].newest) {
        oldest = i;
      }
    }
    if (!oldest) break;
    excess_bytes -= (*partitions[*oldest].segments)[drop[*oldest]++].bytes;
  }
  return drop;
}

}  // namespace sluice::embedded
