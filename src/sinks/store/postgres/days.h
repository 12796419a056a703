// Days: a stream's table is cut by the day of arrival, so that retention drops whole days. The partitions are
// made before a transaction needs them, under an advisory lock, never inside of one that stores rows.
// DayCache knows those that this process has seen; thread-safe. Failures: StatusOf.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "core/time.h"
#include "platform/mutex.h"
#include "sinks/store/postgres/connection.h"

namespace sluice::pg {

using Day = int32_t;  // since 1970-01-01, UTC

Day DayOf(Timestamp time);
Timestamp StartOf(Day day);
// "sluice_STREAM_20251009"; where that is longer than PostgreSQL's 63 bytes, the day is its number.
std::string DayTable(const std::string& stream, Day day);
// The day that such a name is of.
std::optional<Day> DayOfTable(const std::string& stream, const std::string& table);
// The days of a column of arrivals.
std::set<Day> DaysOf(const arrow::TimestampArray& arrivals);

class DayCache {
 public:
  // Makes what is missing, each in its own transaction.
  Status Ensure(Connection& connection, const std::string& stream, const std::set<Day>& days)
      EXCLUDES(mutex_);
  // Somebody dropped some.
  void Forget(const std::string& stream) EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::set<std::pair<std::string, Day>> known_ GUARDED_BY(mutex_);
};

// Statements of a transaction that does what one process at a time may do in this schema.
std::string BeginAlone();

}  // namespace sluice::pg
