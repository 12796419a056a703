// The answers of StoreQueries on PostgreSQL: each function puts one question to a reader's connection. One
// thread per connection. Failures: reject for a bad question, retry otherwise.
#pragma once

#include <memory>
#include <vector>

#include "core/summary.h"
#include "sinks/store/postgres/connection.h"
#include "sinks/store/queries.h"

namespace sluice::pg {

using TableAnswer = StoreQueries::Rows;

TableAnswer AskReadings(Connection& connection, const StreamSpec& stream, const ReadingsQuery& query);
TableAnswer AskKeys(Connection& connection, const KeysQuery& query);
Result<StatsAnswer> AskStats(Connection& connection, const StreamSpec& stream, const StatsQuery& query);
TableAnswer AskWindows(Connection& connection, const SummarySpec& summary, const StreamSpec& stream,
                       const WindowsQuery& query);
Result<std::vector<StoreQueries::SeatRow>> AskSeats(Connection& connection);
Result<StoreQueries::Counted> AskCount(Connection& connection, const std::string& stream,
                                       PartitionId partition, Position from, Position next);
Result<std::vector<StoredDeadLetter>> AskDeadLetters(Connection& connection, const DeadLettersQuery& query);

}  // namespace sluice::pg
