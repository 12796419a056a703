#include "sinks/store/duckdb/schema.h"

#include <fmt/format.h>

#include "sinks/store/duckdb/conversion.h"
#include "sinks/store/rows.h"
#include "sinks/store/shape_text.h"
#include "sinks/store/sql_text.h"
#include "sinks/store/table_plan.h"

namespace sluice {
namespace {

// sluice_expired: what retention took, by stream and partition; `until` is the latest event time among it.
constexpr const char* kSystemTables = R"(
CREATE TABLE IF NOT EXISTS sluice_schema (kind VARCHAR, name VARCHAR, shape VARCHAR, format INTEGER, active BOOLEAN);
CREATE TABLE IF NOT EXISTS sluice_position (job VARCHAR, stream VARCHAR, "partition" INTEGER, log_id VARCHAR,
  start BIGINT, next BIGINT, epoch BIGINT, state BLOB, stored BIGINT, filtered BIGINT, duplicate BIGINT, late BIGINT,
  dead BIGINT, gaps BIGINT, lost BIGINT);
CREATE TABLE IF NOT EXISTS sluice_dead_letter (id BIGINT, job VARCHAR, stream VARCHAR, "partition" INTEGER,
  position BIGINT, arrival TIMESTAMP WITH TIME ZONE, reason VARCHAR, source VARCHAR, bytes BLOB, length BIGINT,
  hash VARCHAR);
CREATE SEQUENCE IF NOT EXISTS sluice_dead_letter_id;
CREATE TABLE IF NOT EXISTS sluice_key (stream VARCHAR, key VARCHAR, first TIMESTAMP WITH TIME ZONE,
  last TIMESTAMP WITH TIME ZONE, latest TIMESTAMP WITH TIME ZONE, readings BIGINT);
CREATE TABLE IF NOT EXISTS sluice_expired (stream VARCHAR, "partition" INTEGER, rows BIGINT,
  until TIMESTAMP WITH TIME ZONE);
)";

std::vector<TableColumn> ColumnsOf(const StreamSpec& stream) {
  std::vector<TableColumn> columns;
  for (const Field& field : stream.fields) columns.push_back({field.name, DuckDbType(field.type)});
  if (stream.unknown == UnknownFields::keep) columns.push_back({std::string(kExtra), "JSON"});
  columns.push_back({std::string(kIngestedAt), "TIMESTAMP WITH TIME ZONE"});
  columns.push_back({std::string(kPartition), "INTEGER"});
  columns.push_back({std::string(kPosition), "BIGINT"});
  return columns;
}

Result<std::vector<TableColumn>> StoredColumns(Connection& connection, const std::string& table) {
  SLUICE_ASSIGN(auto answer,
                connection.Query("SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = "
                                 "'main' AND table_name = ? ORDER BY column_index",
                                 {table}));
  const Rows rows(answer);
  std::vector<TableColumn> columns;
  for (int64_t row = 0; row < rows.size(); ++row) columns.push_back({rows.Text(0, row), rows.Text(1, row)});
  return columns;
}

std::string CreateTable(const std::string& table, const std::vector<TableColumn>& columns) {
  std::string text;
  for (const TableColumn& column : columns) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", QuoteName(column.name), column.type);
  }
  return fmt::format("CREATE TABLE {} ({})", QuoteName(table), text);
}

struct Registered {
  bool known = false;
  bool active = false;
  std::string shape;
};

Result<Registered> FindRegistered(Connection& connection, const std::string& kind, const std::string& name) {
  SLUICE_ASSIGN(
      auto answer,
      connection.Query("SELECT shape, active FROM sluice_schema WHERE kind = ? AND name = ?", {kind, name}));
  const Rows rows(answer);
  if (rows.size() == 0) return Registered{};
  return Registered{.known = true, .active = rows.Int(1, 0) != 0, .shape = rows.Text(0, 0)};
}

Status Register(Connection& connection, const std::string& kind, const std::string& name,
                const std::string& shape) {
  SLUICE_TRY(connection.Run("DELETE FROM sluice_schema WHERE kind = ? AND name = ?", {kind, name}));
  return connection.Run("INSERT INTO sluice_schema VALUES (?, ?, ?, ?, true)",
                        {kind, name, shape, int64_t{kStoreFormat}});
}

Status CheckFormat(Connection& connection) {
  SLUICE_ASSIGN(auto answer,
                connection.Query(fmt::format("SELECT format FROM sluice_schema WHERE format <> {} LIMIT 1",
                                             kStoreFormat)));
  const Rows rows(answer);
  if (rows.size() == 0) return {};
  return Status::Reject(
      fmt::format("this database has sluice's table format {}, this program writes format {}: run the sluice "
                  "version that wrote it, "
                  "or move the file away to start anew",
                  rows.Int(0, 0), kStoreFormat));
}

// Fields that the stream had, and what every table has.
Result<std::vector<std::string>> ColumnsHad(Connection& connection, const StreamSpec& stream) {
  SLUICE_ASSIGN(
      auto answer,
      connection.Query("SELECT unnest(json_keys(shape, '$.fields')) FROM sluice_schema WHERE kind = "
                       "'stream' AND name = ?",
                       {stream.name}));
  const Rows rows(answer);
  std::vector<std::string> names = {std::string(kIngestedAt), std::string(kPartition),
                                    std::string(kPosition)};
  for (int64_t row = 0; row < rows.size(); ++row) names.push_back(rows.Text(0, row));
  return names;
}

// The table of a stream that has none, or none any more: what it held is never given up in silence.
Status MakeTable(Connection& connection, const StreamSpec& stream) {
  SLUICE_ASSIGN(const Registered before, FindRegistered(connection, "stream", stream.name));
  SLUICE_ASSIGN(auto answer, connection.Query(RowsByTheBooks(stream.name)));
  const int64_t rows = Rows(answer).Int(0, 0);
  if (before.known && rows > 0)
    return TableIsGone(QuoteName(stream.name), stream.name, rows, "sluice_schema");
  SLUICE_TRY(connection.Run(CreateTable(stream.name, ColumnsOf(stream))));
  return rows > 0 ? connection.Run(CountAsLost(stream.name)) : Status();
}

Status CheckStoredRoles(Connection& connection, const StreamSpec& stream) {
  SLUICE_ASSIGN(auto answer,
                connection.Query("SELECT shape->>'key', shape->>'time' FROM sluice_schema WHERE kind = "
                                 "'stream' AND name = ?",
                                 {stream.name}));
  const Rows rows(answer);
  if (rows.size() == 0) {
    return NotOurTable(stream.name);
  }
  return CheckRoles(stream.name, {rows.Text(0, 0), rows.Text(1, 0)}, RolesOf(stream));
}

// The raw rows of a window are all there when nothing at or behind its start has expired.
Status CheckRawRowsReachBack(Connection& connection, const SummarySpec& summary) {
  SLUICE_ASSIGN(auto answer, connection.Query(fmt::format(
                                 "SELECT (SELECT min(window_start) FROM {}), (SELECT max(until) "
                                 "FROM sluice_expired WHERE stream = {})",
                                 QuoteName(PartsTableOf(summary.name)), QuoteText(summary.stream))));
  const Rows rows(answer);
  const auto oldest = rows.Time(0, 0);
  const auto expired = rows.Time(1, 0);
  if (!oldest || !expired || *expired < *oldest) return {};
  return RawRowsAreGone(summary.name, *oldest, *expired);
}

Result<bool> Exists(Connection& connection, const std::string& relation) {
  SLUICE_ASSIGN(
      auto answer,
      connection.Query("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'main' AND "
                       "table_name = ?",
                       {relation}));
  return Rows(answer).Int(0, 0) > 0;
}

// Of parts that somebody removed nothing says how far they reached back.
Status CheckNothingExpired(Connection& connection, const SummarySpec& summary) {
  SLUICE_ASSIGN(auto answer,
                connection.Query("SELECT max(until) FROM sluice_expired WHERE stream = ?", {summary.stream}));
  const auto expired = Rows(answer).Time(0, 0);
  return expired ? PartsAreGone(summary.name, *expired, "sluice_schema") : Status();
}

}  // namespace

Status CheckSystemTables(Connection& connection) {
  SLUICE_ASSIGN(const auto columns, StoredColumns(connection, "sluice_schema"));
  if (columns.empty()) return Status::Retry("no data in the store: has the pipeline run?");
  return CheckFormat(connection);
}

Status PrepareSystemTables(Connection& connection) {
  Transaction transaction(connection);
  SLUICE_TRY(transaction.Begin());
  SLUICE_TRY(connection.Run(kSystemTables));
  SLUICE_ASSIGN(const Registered format, FindRegistered(connection, "format", "store"));
  if (!format.known) SLUICE_TRY(Register(connection, "format", "store", ""));
  SLUICE_TRY(CheckFormat(connection));
  return transaction.Commit();
}

Status PrepareStream(Connection& connection, const StreamSpec& stream) {
  SLUICE_TRY(CheckKeyType(stream));
  Transaction transaction(connection);
  SLUICE_TRY(transaction.Begin());
  SLUICE_ASSIGN(const auto stored, StoredColumns(connection, stream.name));
  if (stored.empty()) {
    SLUICE_TRY(MakeTable(connection, stream));
  } else {
    SLUICE_TRY(CheckStoredRoles(connection, stream));
    SLUICE_ASSIGN(auto had, ColumnsHad(connection, stream));
    SLUICE_ASSIGN(const auto added, PlanColumns({.name = QuoteName(stream.name),
                                                 .columns = stored,
                                                 .had = std::move(had),
                                                 .converted = &Converted},
                                                ColumnsOf(stream)));
    for (const TableColumn& column : added) {
      SLUICE_TRY(connection.Run(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", QuoteName(stream.name),
                                            QuoteName(column.name), column.type)));
    }
  }
  SLUICE_TRY(Register(connection, "stream", stream.name, ShapeText(stream)));
  return transaction.Commit();
}

Status CheckCondition(Connection& connection, const SummarySpec& summary, const SummarySql& sql) {
  const Status where = connection.Run(sql.CheckWhere());
  if (where.ok()) return {};
  return where.In(fmt::format("summary '{}': `where` is no condition over its stream", summary.name));
}

Status PrepareSummary(Connection& connection, const SummarySpec& summary, const SummarySql& sql) {
  const std::string shape = ShapeText(summary, sql.stream());
  SLUICE_TRY(CheckCondition(connection, summary, sql));
  Transaction transaction(connection);
  SLUICE_TRY(transaction.Begin());
  SLUICE_ASSIGN(const Registered before, FindRegistered(connection, "summary", summary.name));
  SLUICE_ASSIGN(const bool parts, Exists(connection, sql.PartsTable()));
  SLUICE_ASSIGN(const bool view, Exists(connection, summary.name));
  if (before.known && before.active && before.shape == shape && parts) {
    if (view) return {};
    SLUICE_TRY(connection.Run(sql.CreateView()));
    return transaction.Commit();
  }
  if (before.known) {
    SLUICE_TRY(parts ? CheckRawRowsReachBack(connection, summary) : CheckNothingExpired(connection, summary));
    SLUICE_TRY(DropSummary(connection, summary.name));
  }
  SLUICE_TRY(BuildSummary(connection, summary, sql));
  return transaction.Commit();
}

Status BuildSummary(Connection& connection, const SummarySpec& summary, const SummarySql& sql) {
  SLUICE_TRY(connection.Run(sql.CreateParts()));
  SLUICE_TRY(connection.Run(sql.Fill(QuoteName(summary.stream))));
  SLUICE_TRY(connection.Run(sql.CreateView()));
  return Register(connection, "summary", summary.name, ShapeText(summary, sql.stream()));
}

Status DropSummary(Connection& connection, const std::string& summary) {
  SLUICE_TRY(connection.Run(fmt::format("DROP VIEW IF EXISTS {}", QuoteName(summary))));
  SLUICE_TRY(connection.Run(fmt::format("DROP TABLE IF EXISTS {}", QuoteName(PartsTableOf(summary)))));
  return connection.Run("DELETE FROM sluice_schema WHERE kind = 'summary' AND name = ?", {summary});
}

}  // namespace sluice
