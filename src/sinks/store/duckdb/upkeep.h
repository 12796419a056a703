// Upkeep of the store: what retention takes, and when a checkpoint is due. Called with the writer connection
// by the task that runs Store::Maintain. Every removal is one transaction that also counts it, so that the
// audit stays exact, and is small, so that a commit does not wait long for its turn.
#pragma once

#include "sinks/store/duckdb/database.h"
#include "sinks/store/duckdb/summary_sql.h"
#include "sinks/store/store.h"

namespace sluice {

// Positions of one partition, [from, next).
struct PositionRange {
  PartitionId partition = 0;
  Position from = 0;
  Position next = 0;
  bool operator==(const PositionRange&) const = default;
};
// `range` in parts of at most `most` positions.
std::vector<PositionRange> CutRange(const PositionRange& range, int64_t most);
// Where readings that arrived before `cutoff` lie, in parts to be removed one by one. Reads alone.
Result<std::vector<PositionRange>> FindExpired(Connection& connection, const StreamSpec& stream,
                                               Timestamp cutoff);
// Removes those of the range that arrived before `cutoff` and adds them to sluice_expired (rows = stored -
// expired).
Status ExpireRows(Connection& connection, const StreamSpec& stream, Timestamp cutoff,
                  const PositionRange& range);
// Removes windows that ended at or before `cutoff`.
Status ExpireWindows(Connection& connection, const SummarySpec& summary, Timestamp cutoff);

// What decides about a checkpoint.
struct WalState {
  int64_t bytes = 0;       // of the write-ahead log
  int64_t free_bytes = 0;  // on its disk
  Duration age{};          // since the last checkpoint
};
// Due: long or old. A disk without room for the rewritten blocks puts it off: DuckDB gives a database up
// whose checkpoint fails, while a log that only grows is a state.
bool CheckpointDue(const WalState& wal, int64_t due_bytes, Duration due_age);
WalState ReadWal(const std::string& database_file);

}  // namespace sluice
