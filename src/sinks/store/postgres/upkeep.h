// Upkeep of the store on PostgreSQL: the days that will be needed, and what retention takes: whole days of
// rows, windows one by one. One process at a time does it. Every removal is one transaction that also counts
// it, so that the audit stays exact. Failures: retry; what is locked now is taken the next time.
#pragma once

#include "sinks/store/postgres/days.h"
#include "sinks/store/store.h"

namespace sluice::pg {

// Today's and tomorrow's partitions of every stream.
Status MakeDaysAhead(Connection& connection, DayCache& days, const StoreShape& shape, Timestamp now);
// Drops the stream's days that ended at or before `cutoff` and adds what they held to sluice_expired (rows =
// stored - expired).
Status ExpireDays(Connection& connection, const StreamSpec& stream, Timestamp cutoff);
// Removes windows that ended at or before `cutoff`.
Status ExpireWindows(Connection& connection, const SummarySpec& summary, Timestamp cutoff);

}  // namespace sluice::pg
