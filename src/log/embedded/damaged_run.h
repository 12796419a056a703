// What a read does where stored batches rotted on the disk: the run of them is given up, once and for all, so
// that jobs get past it and count it, and so that nothing later (a collection of garbage, above all) stumbles
// over it again. What the disk still gives of each is kept in files. Any thread.
#pragma once

#include <string>
#include <vector>

#include "log/embedded/state.h"
#include "log/embedded/watched_files.h"

namespace sluice::embedded {

// Batches that do not decode, one behind the other; the positions from the first up to the next whole batch,
// or to the end.
struct DamagedRun {
  Position first = 0;
  Position next = 0;
  std::vector<EntryPlace> batches;  // none: there is no damage
  std::string why;                  // of the first
};

// The run at `from`, which lies at or behind `start`, where a batch begins. Reject: the keys themselves
// cannot be read, and nobody can tell how far that goes.
Result<DamagedRun> FindDamagedRun(Database& database, const ReadView& view, Position start, Position from);
// Where batches begin that cannot be read or whose checksum is wrong; reads the whole partition.
Result<std::vector<Position>> FindDamaged(Database& database, const ReadView& view);
// Copies what can be read of the batches to `directory`/damaged-batches.
void KeepBatches(WatchedFiles& files, Database& database, const std::string& directory,
                 const std::vector<EntryPlace>& batches);
// Makes the run a hole that is lost.
Status GiveUp(Group& group, StreamState& stream, PartitionId partition, const DamagedRun& run);

}  // namespace sluice::embedded
