// State: what the open log knows, shared by the threads that append and read and the one that commits.
// Streams are never removed, so a StreamState* stays good as long as the log. Thread-safe by its mutex, which
// is held for moments only: never across a write or a read of the disk.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "log/embedded/group.h"
#include "log/log.h"
#include "platform/mutex.h"

namespace sluice::embedded {

// What an append needs to know of its stream.
struct AppendTarget {
  StreamState* state = nullptr;
  StreamSpec spec;
  uint32_t schema = 0;
  std::shared_ptr<arrow::Schema> row_schema;
};

// What a read needs to know of a partition.
struct ReadView {
  StreamId stream = 0;
  PartitionId partition = 0;
  Position low = 0;
  Position high = 0;
  std::shared_ptr<arrow::Schema> table_schema;
  std::map<uint32_t, std::shared_ptr<arrow::Schema>> schemas;
  Holes holes;
};

// A range of deleted batches whose space is still to be given back.
struct Reclaimable {
  StreamId stream = 0;
  PartitionId partition = 0;
  Position below = 0;
};

class State {
 public:
  State(Catalog catalog, SegmentLimits limits);

  Result<AppendTarget> TargetOf(const std::string& stream);
  Result<Ends> EndsOf(const std::string& stream, PartitionId partition) const;
  Result<ReadView> ViewOf(const std::string& stream, PartitionId partition) const;
  StreamState* Find(const std::string& stream);
  std::vector<std::pair<std::string, PartitionId>> Partitions() const;
  // Where a batch begins at or before `at`, not far from it.
  Position BatchBefore(const StreamState& stream, PartitionId partition, Position at) const;
  StreamId NextStreamId();
  std::string StreamCopy();  // of all streams (stream_copy.h)

  // The group is durable: its changes become visible.
  void Apply(Group& group);
  // The segment records of the group: those that its batches complete.
  void WriteSegments(Group& group);

  void Trim(StreamState& stream, PartitionId partition, Position below);
  // Plans what retention drops and puts it into the group; true when it drops anything.
  bool Retain(Group& group, Duration retain, int64_t excess_bytes);
  // Whether anything is old enough to go.
  bool RetentionDue(Timestamp now, Duration retain);
  int64_t total_bytes() const { return total_bytes_; }
  // Dropped since the last call; `bytes` is their size.
  std::vector<Reclaimable> TakeReclaimable(int64_t at_least);

 private:
  std::vector<Retained> AllRetained(std::vector<std::pair<StreamState*, PartitionId>>* owners)
      REQUIRES(mutex_);

  // The stream, when it has that partition.
  Result<const StreamState*> FindPartition(const std::string& stream, PartitionId partition) const
      REQUIRES(mutex_);

  const SegmentLimits limits_;
  std::atomic<int64_t> total_bytes_{0};
  mutable Mutex mutex_;
  Catalog catalog_ GUARDED_BY(mutex_);
  std::map<std::pair<StreamId, PartitionId>, Position> reclaimable_ GUARDED_BY(mutex_);
  int64_t reclaimable_bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice::embedded
