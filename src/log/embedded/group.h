// Group: the writes of the works that one sync makes durable, with what they decided so far, so that a later
// work of the same group sees the earlier ones. Lives on the committing thread while it builds and writes the
// group.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <rocksdb/write_batch.h>

#include "core/batch.h"
#include "log/embedded/catalog.h"
#include "log/embedded/origins.h"

namespace sluice::embedded {

// What a group does to one partition.
struct PartitionChange {
  Position low = 0;
  Position next = 0;
  std::vector<Segment> added;   // a segment for each batch
  std::deque<Segment> tail;     // what the partition's last segment becomes
  size_t dropped_segments = 0;  // from the front
  Holes new_holes;
  std::vector<Batch> gathered;  // small ones that become one stored batch (gather.h)
  Position gathered_first = 0;
  uint32_t gathered_schema = 0;
};

struct Group {
  explicit Group(Database& to) : database(to) {}

  Database& database;
  Timestamp now;
  Status unstorable;  // of a work that was to be stored: then nothing of the group is written
  rocksdb::WriteBatch writes;
  std::map<std::pair<StreamState*, PartitionId>, PartitionChange> partitions;
  std::map<std::string, OriginRecord> origins;
  std::vector<std::function<void(Catalog&)>> once_durable;  // run under the state's mutex

  // The change of a partition, begun from its state when it is the first.
  PartitionChange& Of(StreamState& stream, PartitionId partition) {
    const auto [found, fresh] = partitions.try_emplace({&stream, partition});
    const PartitionState& state = stream.partitions[static_cast<size_t>(partition)];
    if (fresh) found->second = {.low = state.low, .next = state.next};
    return found->second;
  }
  // The origin as the works before left it; empty when unknown, expired or unreadable (`failure` says so).
  OriginRecord Origin(const std::string& origin, Status* failure);
  void PutOrigin(const std::string& origin, const OriginRecord& record);
};

}  // namespace sluice::embedded
