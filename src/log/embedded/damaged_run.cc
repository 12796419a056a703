#include "log/embedded/damaged_run.h"

#include <fmt/format.h>

#include "log/embedded/batch_format.h"
#include "log/embedded/inspect_parts.h"
#include "log/embedded/scan.h"

namespace sluice::embedded {

Result<DamagedRun> FindDamagedRun(Database& database, const ReadView& view, Position start, Position from) {
  DamagedRun run;
  bool ended = false;
  const Status scanned =
      ScanBatches(database, view.stream, view.partition, start, view.high,
                  [&](const EntryPlace& place, const Result<std::string_view>& value) {
                    if (place.position <= from) run = {};  // it begins too late to belong to what lies before
                    const auto header = value.ok() ? CheckWhole(*value, view.schemas, place) : value.status();
                    if (!header.ok() && header.status().code() != Code::reject) return header.status();
                    if (!header.ok()) {
                      if (run.batches.empty()) run.why = header.status().message();
                      run.batches.push_back(place);
                      return Status();
                    }
                    if (header->next() <= from) return Status();
                    run.next = place.position;
                    ended = true;
                    return Status::Lost("");
                  });
  if (!ended && !scanned.ok()) return scanned;
  if (run.batches.empty()) return run;
  run.first = std::max(view.low, run.batches.front().position);
  if (!ended) run.next = view.high;
  return run;
}

Result<std::vector<Position>> FindDamaged(Database& database, const ReadView& view) {
  std::vector<Position> damaged;
  SLUICE_TRY(ForEachHeader(database, view.stream, view.partition, view.low, view.high,
                           [&](const EntryPlace& place, const Result<BatchHeader>& header, size_t) {
                             if (!header.ok()) damaged.push_back(place.position);
                             return Status();
                           }));
  return damaged;
}

void KeepBatches(WatchedFiles& files, Database& database, const std::string& directory,
                 const std::vector<EntryPlace>& batches) {
  const std::string kept = directory + "/damaged-batches";
  (void)files.CreateDirIfMissing(kept, rocksdb::IOOptions(), nullptr);
  rocksdb::ReadOptions as_it_is;
  as_it_is.verify_checksums = false;
  for (const EntryPlace& place : batches) {
    rocksdb::PinnableSlice value;
    if (!database.db().Get(as_it_is, database.batches(), BatchKey(place), &value).ok()) continue;
    (void)rocksdb::WriteStringToFile(
        &files, value, fmt::format("{}/{}-{}-{}", kept, place.stream, place.partition, place.position), true);
  }
}

Status GiveUp(Group& group, StreamState& stream, PartitionId partition, const DamagedRun& run) {
  PartitionChange& change = group.Of(stream, partition);
  const Position first = std::max(run.first, change.low);
  if (first >= run.next) return {};  // retention was quicker
  for (const EntryPlace& place : run.batches)
    (void)group.writes.Delete(group.database.batches(), BatchKey(place));
  (void)group.writes.Put(group.database.meta(), PlaceKey(Kind::hole, {stream.id, partition, first}),
                         EncodeHole({.next = run.next}));
  change.new_holes[first] = {.next = run.next};
  return {};
}

}  // namespace sluice::embedded
