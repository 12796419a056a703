#include "log/embedded/state.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "log/embedded/stream_copy.h"

namespace sluice::embedded {
namespace {

Status UnknownStream(const std::string& stream) { return Status::Reject("the log has no stream " + stream); }

void Append(std::deque<Segment>& segments, const std::deque<Segment>& tail) {
  if (tail.empty()) return;
  if (!segments.empty() && segments.back().first == tail.front().first) segments.pop_back();
  segments.insert(segments.end(), tail.begin(), tail.end());
}

}  // namespace

State::State(Catalog catalog, SegmentLimits limits) : limits_(limits), catalog_(std::move(catalog)) {
  for (const auto& [name, stream] : catalog_) {
    for (const PartitionState& partition : stream->partitions) {
      for (const Segment& segment : partition.segments) total_bytes_ += segment.bytes;
    }
  }
}

Result<AppendTarget> State::TargetOf(const std::string& stream) {
  MutexLock lock(mutex_);
  const auto found = catalog_.find(stream);
  if (found == catalog_.end()) return UnknownStream(stream);
  StreamState& state = *found->second;
  return AppendTarget{&state, state.spec, state.schema, state.schemas[state.schema]};
}

Result<const StreamState*> State::FindPartition(const std::string& stream, PartitionId partition) const {
  const auto found = catalog_.find(stream);
  if (found == catalog_.end()) return UnknownStream(stream);
  const StreamState* state = found->second.get();
  if (partition < 0 || partition >= static_cast<PartitionId>(state->partitions.size())) {
    return Status::Reject(fmt::format("stream {} has no partition {}", stream, partition));
  }
  return state;
}

Result<Ends> State::EndsOf(const std::string& stream, PartitionId partition) const {
  MutexLock lock(mutex_);
  SLUICE_ASSIGN(const StreamState* state, FindPartition(stream, partition));
  const PartitionState& of = state->partitions[static_cast<size_t>(partition)];
  return Ends{.low = of.low, .high = of.next};
}

Result<ReadView> State::ViewOf(const std::string& stream, PartitionId partition) const {
  MutexLock lock(mutex_);
  SLUICE_ASSIGN(const StreamState* found, FindPartition(stream, partition));
  const StreamState& state = *found;
  const PartitionState& of = state.partitions[static_cast<size_t>(partition)];
  return ReadView{.stream = state.id,
                  .partition = partition,
                  .low = of.low,
                  .high = of.next,
                  .table_schema = state.spec.TableSchema(),
                  .schemas = state.schemas,
                  .holes = of.holes};
}

StreamState* State::Find(const std::string& stream) {
  MutexLock lock(mutex_);
  const auto found = catalog_.find(stream);
  return found == catalog_.end() ? nullptr : found->second.get();
}

std::vector<std::pair<std::string, PartitionId>> State::Partitions() const {
  MutexLock lock(mutex_);
  std::vector<std::pair<std::string, PartitionId>> all;
  for (const auto& [name, stream] : catalog_) {
    for (PartitionId i = 0; i < stream->spec.partitions; ++i) all.emplace_back(name, i);
  }
  return all;
}

Position State::BatchBefore(const StreamState& stream, PartitionId partition, Position at) const {
  MutexLock lock(mutex_);
  const PartitionState& of = stream.partitions[static_cast<size_t>(partition)];
  Position before = of.low;
  for (const Segment& segment : of.segments) {
    if (segment.first <= at) before = std::max(before, segment.first);
  }
  return before;
}

StreamId State::NextStreamId() {
  MutexLock lock(mutex_);
  StreamId next = 1;
  for (const auto& [name, stream] : catalog_) next = std::max(next, stream->id + 1);
  return next;
}

std::string State::StreamCopy() {
  MutexLock lock(mutex_);
  return EncodeStreamCopy(catalog_);
}

void State::WriteSegments(Group& group) {
  for (auto& [owner, change] : group.partitions) {
    const auto& [stream, id] = owner;
    const PartitionState& state = stream->partitions[static_cast<size_t>(id)];
    if (change.added.empty()) continue;
    if (change.dropped_segments < state.segments.size()) change.tail.push_back(state.segments.back());
    for (const Segment& batch : change.added) {
      if (!AddToSegments(change.tail, limits_, batch) || change.tail.size() < 2) continue;
      const Segment& complete = change.tail[change.tail.size() - 2];
      (void)group.writes.Put(group.database.meta(), PlaceKey(Kind::segment, {stream->id, id, complete.first}),
                             EncodeSegment(complete));
    }
  }
}

void State::Apply(Group& group) {
  MutexLock lock(mutex_);
  for (auto& [owner, change] : group.partitions) {
    PartitionState& state = owner.first->partitions[static_cast<size_t>(owner.second)];
    for (size_t i = 0; i < change.dropped_segments; ++i) {
      total_bytes_ -= state.segments.front().bytes;
      reclaimable_bytes_ += state.segments.front().bytes;
      state.segments.pop_front();
    }
    if (change.low > state.low) reclaimable_[{owner.first->id, owner.second}] = change.low;
    for (const Segment& batch : change.added) total_bytes_ += batch.bytes;
    Append(state.segments, change.tail);
    for (const auto& [first, hole] : change.new_holes) state.holes[first] = hole;
    state.low = change.low;
    state.next = change.next;
    CutHoles(state.holes, state.low);
  }
  for (const auto& apply : group.once_durable) apply(catalog_);
}

void State::Trim(StreamState& stream, PartitionId partition, Position below) {
  MutexLock lock(mutex_);
  PartitionState& state = stream.partitions[static_cast<size_t>(partition)];
  state.trimmed = std::max(state.trimmed, std::min(below, state.next));
}

std::vector<Retained> State::AllRetained(std::vector<std::pair<StreamState*, PartitionId>>* owners) {
  std::vector<Retained> all;
  for (const auto& [name, stream] : catalog_) {
    for (size_t i = 0; i < stream->partitions.size(); ++i) {
      all.push_back({&stream->partitions[i].segments, stream->partitions[i].trimmed});
      if (owners) owners->emplace_back(stream.get(), static_cast<PartitionId>(i));
    }
  }
  return all;
}

bool State::RetentionDue(Timestamp now, Duration retain) {
  MutexLock lock(mutex_);
  for (const Retained& partition : AllRetained(nullptr)) {
    if (partition.segments->empty()) continue;
    const Segment& front = partition.segments->front();
    if (front.next <= partition.trimmed && front.newest + retain <= now) return true;
  }
  return false;
}

bool State::Retain(Group& group, Duration retain, int64_t excess_bytes) {
  MutexLock lock(mutex_);
  std::vector<std::pair<StreamState*, PartitionId>> owners;
  const auto all = AllRetained(&owners);
  const auto drops = PlanRetention(all, group.now, retain, excess_bytes);
  bool any = false;
  for (size_t i = 0; i < all.size(); ++i) {
    const auto& [stream, id] = owners[i];
    PartitionChange* change = drops[i] > 0 ? &group.Of(*stream, id) : nullptr;
    if (!change || change->dropped_segments > 0) continue;
    any = true;
    change->dropped_segments = drops[i];
    change->low = std::max(change->low, (*all[i].segments)[drops[i] - 1].next);
    for (size_t k = 0; k < drops[i]; ++k) {
      (void)group.writes.Delete(group.database.meta(),
                                PlaceKey(Kind::segment, {stream->id, id, (*all[i].segments)[k].first}));
    }
    for (const auto& [first, hole] : stream->partitions[static_cast<size_t>(id)].holes) {
      if (first >= change->low) break;
      (void)group.writes.Delete(group.database.meta(), PlaceKey(Kind::hole, {stream->id, id, first}));
      if (hole.next <= change->low) continue;
      (void)group.writes.Put(group.database.meta(), PlaceKey(Kind::hole, {stream->id, id, change->low}),
                             EncodeHole(hole));
    }
  }
  return any;
}

std::vector<Reclaimable> State::TakeReclaimable(int64_t at_least) {
  MutexLock lock(mutex_);
  std::vector<Reclaimable> taken;
  if (reclaimable_bytes_ < at_least || reclaimable_.empty()) return taken;
  for (const auto& [owner, below] : reclaimable_) taken.push_back({owner.first, owner.second, below});
  reclaimable_.clear();
  reclaimable_bytes_ = 0;
  return taken;
}

}  // namespace sluice::embedded
