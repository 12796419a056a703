#include "log/embedded/gather.h"

#include <iterator>

#include <arrow/api.h>

namespace sluice::embedded {
namespace {

rocksdb::Slice SliceOf(const std::string& text) { return {text.data(), text.size()}; }

// The batches one after the other, dead entries renumbered to the whole.
Result<Batch> Join(std::vector<Batch> batches) {
  if (batches.size() == 1) return std::move(batches.front());
  Batch joined;
  arrow::RecordBatchVector rows;
  int64_t before = 0;
  for (Batch& batch : batches) {
    const int64_t count = batch.Count();
    rows.push_back(batch.rows);
    for (DeadEntry& entry : batch.dead) entry.at += before;
    std::move(batch.dead.begin(), batch.dead.end(), std::back_inserter(joined.dead));
    before += count;
  }
  auto concatenated = arrow::ConcatenateRecordBatches(rows);
  if (!concatenated.ok()) return Status::Retry("joining small batches: " + concatenated.status().message());
  joined.rows = *std::move(concatenated);
  return joined;
}

void Put(Group& group, const Destination& place, Position first, const EncodedPayload& payload) {
  BatchHeader header = payload.header;
  header.stream = place.stream->id;
  header.partition = place.partition;
  header.schema = place.schema;
  header.first = first;
  header.arrival = group.now;
  const std::string front = SealHeader(header, payload.crc);
  const std::string key = BatchKey({header.stream, header.partition, header.first});
  const rocksdb::Slice key_part = SliceOf(key);
  const rocksdb::Slice parts[] = {
      SliceOf(front),
      {reinterpret_cast<const char*>(payload.rows->data()), static_cast<size_t>(payload.rows->size())},
      SliceOf(payload.dead)};
  (void)group.writes.Put(group.database.batches(), rocksdb::SliceParts(&key_part, 1),
                         rocksdb::SliceParts(parts, 3));
  group.Of(*place.stream, place.partition)
      .added.push_back({.first = first,
                        .next = header.next(),
                        .bytes = payload.StoredBytes(),
                        .batches = 1,
                        .oldest = group.now,
                        .newest = group.now});
}

Status Flush(Group& group, StreamState& stream, PartitionId partition, PartitionChange& change) {
  if (change.gathered.empty()) return {};
  const Destination place{&stream, partition, change.gathered_schema};
  SLUICE_ASSIGN(const Batch batch, Join(std::exchange(change.gathered, {})));
  SLUICE_ASSIGN(const EncodedPayload payload, EncodePayload(batch));
  Put(group, place, change.gathered_first, payload);
  return {};
}

}  // namespace

Result<Position> Gather(Group& group, const Destination& place, Batch batch) {
  PartitionChange& change = group.Of(*place.stream, place.partition);
  if (change.gathered_schema != place.schema)
    SLUICE_TRY(Flush(group, *place.stream, place.partition, change));
  const Position first = change.next;
  if (change.gathered.empty()) change.gathered_first = first;
  change.gathered_schema = place.schema;
  change.next += batch.Count();
  change.gathered.push_back(std::move(batch));
  return first;
}

Result<Position> Store(Group& group, const Destination& place, const EncodedPayload& payload) {
  PartitionChange& change = group.Of(*place.stream, place.partition);
  SLUICE_TRY(Flush(group, *place.stream, place.partition, change));
  const Position first = change.next;
  Put(group, place, first, payload);
  change.next += payload.Count();
  return first;
}

Status StoreGathered(Group& group) {
  for (auto& [owner, change] : group.partitions) {
    SLUICE_TRY(Flush(group, *owner.first, owner.second, change));
  }
  return {};
}

}  // namespace sluice::embedded
