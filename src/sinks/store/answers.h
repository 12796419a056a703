// From the small answers that a database gives to the store's own questions to what StoreQueries promises:
// what the columns are is fixed here, alike for both databases. Pure functions over values.
#pragma once

#include <vector>

#include "engine/sink.h"
#include "sinks/store/queries.h"
#include "sinks/store/rows.h"

namespace sluice {

// Fields that have statistics.
std::vector<Field> NumericFields(const StreamSpec& stream);
// From `column` on: the number of readings, then count, min, max, avg, stddev of each field.
StreamStats ReadStats(const Rows& rows, int64_t row, int column, const std::vector<Field>& fields);

// kSeatStateColumns, from `column` on.
inline constexpr std::string_view kSeatStateColumns =
    "start, next, epoch, log_id, state, stored, filtered, duplicate, late, dead, gaps, lost";
SeatState ReadSeatState(const Rows& rows, int64_t row, int column);
// job, stream, "partition", then kSeatStateColumns.
std::vector<StoreQueries::SeatRow> ReadSeats(const Rows& rows);

// id, stream, job, "partition", position, reason, source, bytes, length, hash, arrival.
std::vector<StoredDeadLetter> ReadDeadLetters(const Rows& rows);

}  // namespace sluice
