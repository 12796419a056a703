#include "sinks/store/postgres/upkeep.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/rows.h"
#include "sinks/store/sql_text.h"
#include "sinks/store/summary_plan.h"

namespace sluice::pg {
namespace {

Result<std::vector<std::string>> DayTables(Connection& connection, const StreamSpec& stream) {
  SLUICE_ASSIGN(auto answer,
                connection.Query(fmt::format(
                    "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
                    "WHERE i.inhparent = to_regclass({}) ORDER BY 1",
                    QuoteText(QuoteName(stream.name)))));
  const Rows rows(answer);
  std::vector<std::string> tables;
  for (int64_t row = 0; row < rows.size(); ++row) tables.push_back(rows.Text(0, row));
  return tables;
}

// Rows of a job that was forgotten are in no books any more. Nobody adds rows to the day while it is counted.
Status DropDay(Connection& connection, const StreamSpec& stream, const std::string& table) {
  SLUICE_TRY(connection.Run(BeginAlone()));
  Rollback rollback(connection);
  SLUICE_TRY(connection.Run(
      fmt::format("SET LOCAL lock_timeout = '2s'; LOCK TABLE ONLY {0} IN SHARE MODE; "
                  "INSERT INTO sluice_expired AS e SELECT {1}, d._partition, count(*) FILTER (WHERE "
                  "d._position >= coalesce("
                  "(SELECT min(p.start) FROM sluice_position p WHERE p.stream = {1} AND p.\"partition\" = "
                  "d._partition), 0)), "
                  "max(d.{2}) FROM {0} d GROUP BY d._partition ON CONFLICT (stream, \"partition\") DO UPDATE "
                  "SET rows = e.rows + "
                  "excluded.rows, until = greatest(e.until, excluded.until); DROP TABLE {0}; COMMIT",
                  QuoteName(table), QuoteText(stream.name),
                  QuoteName(stream.fields[static_cast<size_t>(stream.time)].name))));
  rollback.Over();
  return {};
}

}  // namespace

Status MakeDaysAhead(Connection& connection, DayCache& days, const StoreShape& shape, Timestamp now) {
  const Day today = DayOf(now);
  for (const StreamSpec& stream : shape.streams) {
    SLUICE_TRY(days.Ensure(connection, stream.name, {today, today + 1}));
  }
  return {};
}

Status ExpireDays(Connection& connection, const StreamSpec& stream, Timestamp cutoff) {
  SLUICE_ASSIGN(const auto tables, DayTables(connection, stream));
  for (const std::string& table : tables) {
    const auto day = DayOfTable(stream.name, table);
    if (day && StartOf(*day + 1) <= cutoff) SLUICE_TRY(DropDay(connection, stream, table));
  }
  return {};
}

Status ExpireWindows(Connection& connection, const SummarySpec& summary, Timestamp cutoff) {
  return connection.Run(fmt::format("DELETE FROM {} WHERE window_start <= {}",
                                    QuoteName(PartsTableOf(summary.name)),
                                    QuoteTime(std::clamp(cutoff - summary.every, kMinTime, kMaxTime))));
}

}  // namespace sluice::pg
