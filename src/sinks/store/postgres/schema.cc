#include "sinks/store/postgres/schema.h"

#include <array>

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/gone_summaries.h"
#include "sinks/store/postgres/conversion.h"
#include "sinks/store/postgres/days.h"
#include "sinks/store/postgres/table_reader.h"
#include "sinks/store/rows.h"
#include "sinks/store/shape_text.h"
#include "sinks/store/sql_text.h"
#include "sinks/store/stream_sql.h"
#include "sinks/store/table_plan.h"

namespace sluice::pg {
namespace {

// sluice_expired: what retention took, by stream and partition; `until` is the latest event time among it.
// holder: a word of the claim's own, by which it knows its seat when an answer was lost (seat_book.h).
// The fence: raises unless exactly one position changed from what the caller knows to what it stores.
// sluice_expect: binary COPY bears no types, and a bigint is a fine double too, so whoever sends one makes
// sure that the table's columns are what they were, and stay so until the transaction ends.
constexpr const char* kSystemTables = R"sql(
CREATE TABLE sluice_schema (kind text, name text, shape text, format integer, active boolean, PRIMARY KEY (kind, name));
CREATE TABLE sluice_position (job text, stream text, "partition" integer, log_id text, start bigint, next bigint,
  epoch bigint, holder text, state bytea, stored bigint, filtered bigint, duplicate bigint, late bigint, dead bigint, gaps bigint,
  lost bigint, PRIMARY KEY (job, stream, "partition")) WITH (fillfactor = 50);
CREATE SEQUENCE sluice_dead_letter_id;
CREATE TABLE sluice_dead_letter (id bigint PRIMARY KEY DEFAULT nextval('sluice_dead_letter_id'), job text, stream text,
  "partition" integer, position bigint, arrival timestamptz, reason text, source text, bytes bytea, length bigint,
  hash text);
CREATE TABLE sluice_key (stream text COLLATE "C", key text COLLATE "C", first timestamptz, last timestamptz,
  latest timestamptz, readings bigint, PRIMARY KEY (stream, key)) WITH (fillfactor = 70);
CREATE TABLE sluice_expired (stream text, "partition" integer, rows bigint, until timestamptz,
  PRIMARY KEY (stream, "partition"));
)sql";

constexpr std::array kOwnTables = {"sluice_schema", "sluice_position", "sluice_dead_letter", "sluice_key",
                                   "sluice_expired"};

constexpr const char* kFunctions = R"sql(
CREATE OR REPLACE FUNCTION sluice_fence(text, text, integer, bigint, bigint, bigint, bytea, text, bigint, bigint, bigint, bigint,
  bigint, bigint, bigint) RETURNS void LANGUAGE plpgsql AS $fence$
BEGIN
  UPDATE sluice_position p SET next = $6, state = $7, log_id = coalesce(nullif($8, ''), p.log_id),
    stored = p.stored + $9, filtered = p.filtered + $10, duplicate = p.duplicate + $11, late = p.late + $12,
    dead = p.dead + $13, gaps = p.gaps + $14, lost = p.lost + $15
    WHERE p.job = $1 AND p.stream = $2 AND p."partition" = $3 AND p.next = $4 AND p.epoch = $5;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'SL001',
      MESSAGE = format('%s of %s/%s at %s (epoch %s) belongs to another claim', $1, $2, $3, $4, $5);
  END IF;
END $fence$;
CREATE OR REPLACE FUNCTION sluice_expect(text, text[], text[]) RETURNS void LANGUAGE plpgsql AS $expect$
BEGIN
  EXECUTE format('LOCK TABLE ONLY %I IN ROW EXCLUSIVE MODE', $1);
  IF EXISTS (SELECT FROM unnest($2, $3) AS wanted (name, type) LEFT JOIN pg_attribute a
      ON a.attrelid = to_regclass(quote_ident($1)) AND a.attname = wanted.name AND NOT a.attisdropped
      WHERE format_type(a.atttypid, a.atttypmod) IS DISTINCT FROM wanted.type) THEN
    RAISE EXCEPTION USING ERRCODE = 'SL002', MESSAGE = format('table %I was altered', $1);
  END IF;
END $expect$;
)sql";

Result<bool> Exists(Connection& connection, const std::string& relation) {
  SLUICE_ASSIGN(auto answer,
                connection.Query(fmt::format("SELECT count(*) FROM pg_class WHERE relnamespace = "
                                             "to_regnamespace(quote_ident(current_schema())) AND relname "
                                             "= {}",
                                             QuoteText(relation))));
  return Rows(answer).Int(0, 0) > 0;
}

Status PrepareNamespace(Connection& connection, const std::string& schema) {
  SLUICE_ASSIGN(auto answer,
                connection.Query("SELECT count(*) FROM pg_namespace WHERE nspname = " + QuoteText(schema)));
  if (Rows(answer).Int(0, 0) > 0) return {};
  return connection.Run("CREATE SCHEMA " + QuoteName(schema));
}

struct Registered {
  bool known = false;
  bool active = false;
  std::string shape;
};

Result<Registered> FindRegistered(Connection& connection, const std::string& kind, const std::string& name) {
  SLUICE_ASSIGN(auto answer, connection.Query(fmt::format(
                                 "SELECT shape, active FROM sluice_schema WHERE kind = {} AND name = {}",
                                 QuoteText(kind), QuoteText(name))));
  const Rows rows(answer);
  if (rows.size() == 0) return Registered{};
  return Registered{.known = true, .active = rows.Int(1, 0) != 0, .shape = rows.Text(0, 0)};
}

Status Register(Connection& connection, const std::string& kind, const std::string& name,
                const std::string& shape) {
  return connection.Run(
      fmt::format("INSERT INTO sluice_schema VALUES ({}, {}, {}, {}, true) ON CONFLICT (kind, name) DO "
                  "UPDATE SET shape = "
                  "excluded.shape, format = excluded.format, active = true",
                  QuoteText(kind), QuoteText(name), QuoteText(shape), kStoreFormat));
}

Status OwnTablesAreGone(const std::string& schema) {
  return Status::Reject(
      fmt::format("sluice's own tables are gone from schema {}: bring them back from a backup, or start "
                  "sluice again, which then "
                  "begins anew with all that its log still holds",
                  QuoteName(schema)));
}

Status PrepareFunctions(Connection& connection) {
  SLUICE_ASSIGN(
      auto answer,
      connection.Query("SELECT count(*) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace "
                       "AND proname IN ('sluice_fence', 'sluice_expect')"));
  return Rows(answer).Int(0, 0) == 2 ? Status() : connection.Run(kFunctions);
}

Status CheckFormat(Connection& connection) {
  SLUICE_ASSIGN(auto answer,
                connection.Query(fmt::format("SELECT format FROM sluice_schema WHERE format <> {} LIMIT 1",
                                             kStoreFormat)));
  const Rows rows(answer);
  if (rows.size() == 0) return {};
  return Status::Reject(fmt::format(
      "this schema has sluice's table format {}, this program writes format {}: run the sluice version "
      "that wrote it, or give the store another `schema`",
      rows.Int(0, 0), kStoreFormat));
}

Result<std::vector<std::string>> MissingOwnTables(Connection& connection) {
  std::vector<std::string> missing;
  for (const char* const table : kOwnTables) {
    SLUICE_ASSIGN(const bool there, Exists(connection, table));
    if (!there) missing.emplace_back(table);
  }
  return missing;
}

Status PrepareSystemTables(Connection& connection, const SchemaOptions& options) {
  SLUICE_ASSIGN(const auto missing, MissingOwnTables(connection));
  if (missing.empty()) {
    SLUICE_TRY(CheckFormat(connection));
    return PrepareFunctions(connection);
  }
  if (missing.size() < kOwnTables.size()) {
    return Status::Reject(fmt::format(
        "of sluice's own tables in schema {} {} is gone: bring it back from a backup, or drop the others "
        "({}) too and start sluice again, which then begins anew with all that its log still holds",
        QuoteName(options.schema), fmt::join(missing, " and "), fmt::join(kOwnTables, ", ")));
  }
  if (options.again) return OwnTablesAreGone(options.schema);
  SLUICE_TRY(connection.Run(kSystemTables));
  SLUICE_TRY(Register(connection, "format", "store", ""));
  return PrepareFunctions(connection);
}

Result<std::vector<TableColumn>> StoredColumns(Connection& connection, const std::string& table) {
  SLUICE_ASSIGN(auto answer,
                connection.Query(fmt::format(
                    "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a "
                    "JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname = {} AND c.relnamespace = "
                    "to_regnamespace(quote_ident(current_schema())) AND a.attnum > 0 AND NOT "
                    "a.attisdropped ORDER BY a.attnum",
                    QuoteText(table))));
  const Rows rows(answer);
  std::vector<TableColumn> columns;
  for (int64_t row = 0; row < rows.size(); ++row) columns.push_back({rows.Text(0, row), rows.Text(1, row)});
  return columns;
}

std::vector<TableColumn> WantedColumns(const StreamSpec& stream) {
  std::vector<TableColumn> columns;
  for (const auto& [name, type] : ColumnsOf(stream)) columns.push_back({name, type});
  return columns;
}

std::string Qualified(const std::string& schema, const std::string& table) {
  return QuoteName(schema) + "." + QuoteName(table);
}

Status CreateStream(Connection& connection, const StreamSpec& stream) {
  std::string columns;
  for (const auto& [name, type] : ColumnsOf(stream)) {
    columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", QuoteName(name), type);
  }
  const std::string time = stream.fields[static_cast<size_t>(stream.time)].name;
  return connection.Run(fmt::format(
      "CREATE TABLE {0} ({1}) PARTITION BY RANGE (ingested_at); CREATE INDEX ON {0} USING brin ({2}) WITH "
      "(autosummarize = on)",
      QuoteName(stream.name), columns, QuoteName(time)));
}

// The table of a stream that has none, or none any more: what it held is never given up in silence.
Status MakeTable(Connection& connection, const StreamSpec& stream, bool known, const std::string& schema) {
  SLUICE_ASSIGN(auto answer, connection.Query(RowsByTheBooks(stream.name)));
  const int64_t rows = Rows(answer).Int(0, 0);
  if (known && rows > 0) {
    return TableIsGone(Qualified(schema, stream.name), stream.name, rows, Qualified(schema, "sluice_schema"));
  }
  SLUICE_TRY(CreateStream(connection, stream));
  return rows > 0 ? connection.Run(CountAsLost(stream.name)) : Status();
}

// Fields that the stream had, and what every table has.
Result<std::vector<std::string>> ColumnsHad(Connection& connection, const StreamSpec& stream) {
  SLUICE_ASSIGN(auto answer, connection.Query(fmt::format(
                                 "SELECT json_object_keys(shape::json->'fields') FROM sluice_schema "
                                 "WHERE kind = 'stream' AND name = {}",
                                 QuoteText(stream.name))));
  const Rows rows(answer);
  std::vector<std::string> names = {std::string(kIngestedAt), std::string(kPartition),
                                    std::string(kPosition)};
  for (int64_t row = 0; row < rows.size(); ++row) names.push_back(rows.Text(0, row));
  return names;
}

Status WidenStream(Connection& connection, const StreamSpec& stream, std::vector<TableColumn> stored,
                   const std::string& schema) {
  SLUICE_ASSIGN(auto answer,
                connection.Query(fmt::format("SELECT shape::json->>'key', shape::json->>'time' FROM "
                                             "sluice_schema WHERE kind = 'stream' AND name = {}",
                                             QuoteText(stream.name))));
  const Rows rows(answer);
  if (rows.size() == 0) return NotOurTable(stream.name);
  SLUICE_TRY(CheckRoles(stream.name, {rows.Text(0, 0), rows.Text(1, 0)}, RolesOf(stream)));
  SLUICE_ASSIGN(auto had, ColumnsHad(connection, stream));
  SLUICE_ASSIGN(const auto added, PlanColumns({.name = Qualified(schema, stream.name),
                                               .columns = std::move(stored),
                                               .had = std::move(had),
                                               .converted = &Converted},
                                              WantedColumns(stream)));
  for (const TableColumn& column : added) {
    SLUICE_TRY(connection.Run(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", QuoteName(stream.name),
                                          QuoteName(column.name), column.type)));
  }
  return {};
}

Status IndexKeys(Connection& connection, const StreamSpec& stream) {
  if (!stream.key) return {};
  const std::string index = "sluice_key_of_" + stream.name;
  SLUICE_ASSIGN(const bool there, Exists(connection, index));
  if (there) return {};
  const auto name = [&](int field) { return QuoteName(stream.fields[static_cast<size_t>(field)].name); };
  return connection.Run(fmt::format("CREATE INDEX {} ON {} ({}, {})", QuoteName(index),
                                    QuoteName(stream.name), name(*stream.key), name(stream.time)));
}

Status PrepareStream(Connection& connection, const StreamSpec& stream, const SchemaOptions& options) {
  SLUICE_TRY(CheckKeyType(stream));
  SLUICE_ASSIGN(const auto stored, StoredColumns(connection, stream.name));
  SLUICE_ASSIGN(const Registered before, FindRegistered(connection, "stream", stream.name));
  if (stored.empty()) {
    SLUICE_TRY(MakeTable(connection, stream, before.known, options.schema));
  } else {
    SLUICE_TRY(WidenStream(connection, stream, stored, options.schema));
  }
  if (options.by_key_index) SLUICE_TRY(IndexKeys(connection, stream));
  if (before.known && before.active && before.shape == ShapeText(stream)) return {};
  return Register(connection, "stream", stream.name, ShapeText(stream));
}

// What a process that runs with the former file commits from here on would be missing in the summary: it
// loses its seats.
Status FenceOthers(Connection& connection, const std::string& stream) {
  return connection.Run(
      fmt::format("{}; UPDATE sluice_position SET epoch = epoch + 1, holder = '' WHERE job = {}",
                  kLockCommits, QuoteText(StoreJobOf(stream))));
}

// The raw rows of a window are all there when nothing at or behind its start has expired.
Status CheckRawRowsReachBack(Connection& connection, const SummarySpec& summary, bool parts,
                             const std::string& schema) {
  SLUICE_ASSIGN(auto gone, connection.Query("SELECT max(until) FROM sluice_expired WHERE stream = " +
                                            QuoteText(summary.stream)));
  const auto expired = Rows(gone).Time(0, 0);
  if (!expired) return {};
  if (!parts) return PartsAreGone(summary.name, *expired, Qualified(schema, "sluice_schema"));
  SLUICE_ASSIGN(auto answer, connection.Query(fmt::format("SELECT min(window_start) FROM {}",
                                                          QuoteName(PartsTableOf(summary.name)))));
  const auto oldest = Rows(answer).Time(0, 0);
  if (!oldest || *expired < *oldest) return {};
  return RawRowsAreGone(summary.name, *oldest, *expired);
}

// The stream's rows in parts that fit into memory; each becomes deltas that are merged as those of a commit
// are.
Status FillParts(Connection& connection, const StreamSpec& stream, const SummarySql& sql,
                 StreamDeltas& deltas) {
  constexpr int kRowsAtOnce = 50'000;
  std::string columns;
  for (const auto& [name, type] : ColumnsOf(stream)) {
    columns +=
        fmt::format("{}{}{}", columns.empty() ? "" : ", ", QuoteName(name), type == "json" ? "::text" : "");
  }
  SLUICE_TRY(connection.Run(fmt::format("DECLARE sluice_rows NO SCROLL CURSOR FOR SELECT {} FROM {}", columns,
                                        QuoteName(stream.name))));
  const auto schema = stream.TableSchema();
  while (true) {
    SLUICE_ASSIGN(auto rows, connection.Query(fmt::format("FETCH {} FROM sluice_rows", kRowsAtOnce)));
    if (rows->num_rows() == 0) return connection.Run("CLOSE sluice_rows");
    SLUICE_ASSIGN(auto batch, AsBatch(*rows, schema));
    SLUICE_ASSIGN(const auto tables, deltas.Of({batch}));
    if (tables[0]->num_rows() > 0) SLUICE_TRY(connection.Run(sql.Upsert(*tables[0])));
  }
}

Status PrepareSummary(Connection& connection, const SummarySpec& summary, const StreamSpec& stream,
                      const SchemaOptions& options) {
  SLUICE_ASSIGN(const SummarySql sql, SummarySql::Make(summary, stream));
  SLUICE_ASSIGN(auto deltas, StreamDeltas::Make(stream, {summary}, options.memory));
  const std::string shape = ShapeText(summary, stream);
  SLUICE_ASSIGN(const Registered before, FindRegistered(connection, "summary", summary.name));
  SLUICE_ASSIGN(const bool parts, Exists(connection, PartsTableOf(summary.name)));
  SLUICE_ASSIGN(const bool view, Exists(connection, summary.name));
  const bool same = before.known && before.active && before.shape == shape;
  if (same && parts) return view ? Status() : connection.Run(sql.CreateView());
  // Who runs with the same file, this process too, adds to what is built.
  SLUICE_TRY(same ? connection.Run(kLockCommits) : FenceOthers(connection, stream.name));
  if (before.known) {
    SLUICE_TRY(CheckRawRowsReachBack(connection, summary, parts, options.schema));
    SLUICE_TRY(DropSummary(connection, summary.name));
  }
  SLUICE_TRY(connection.Run(sql.CreateParts()));
  SLUICE_TRY(FillParts(connection, stream, sql, *deltas));
  SLUICE_TRY(connection.Run(sql.CreateView()));
  return Register(connection, "summary", summary.name, shape);
}

Result<const StreamSpec*> StreamOf(const StoreShape& shape, const SummarySpec& summary) {
  for (const StreamSpec& stream : shape.streams) {
    if (stream.name == summary.stream) return &stream;
  }
  return Status::Reject(fmt::format("summary '{}': there is no stream '{}'", summary.name, summary.stream));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> ColumnsOf(const StreamSpec& stream) {
  std::vector<std::pair<std::string, std::string>> columns;
  for (const sluice::Field& field : stream.fields) columns.emplace_back(field.name, TypeOf(field.type));
  if (stream.unknown == UnknownFields::keep) columns.emplace_back(kExtra, "json");
  columns.emplace_back(kIngestedAt, "timestamp with time zone");
  columns.emplace_back(kPartition, "integer");
  columns.emplace_back(kPosition, "bigint");
  return columns;
}

Status CheckThere(Connection& connection, const std::string& schema) {
  SLUICE_ASSIGN(const bool there, Exists(connection, "sluice_schema"));
  if (there) return CheckFormat(connection);
  return Status::Retry(fmt::format(
      "no data in schema '{}' of the database: has the pipeline run? `sluice run` starts it", schema));
}

Status Prepare(Connection& connection, const StoreShape& shape, const SchemaOptions& options) {
  SLUICE_TRY(
      connection.Run(fmt::format("BEGIN; SET LOCAL lock_timeout = '60s'; SELECT pg_advisory_xact_lock("
                                 "hashtext('sluice'), hashtext({}))",
                                 QuoteText(options.schema))));
  Rollback rollback(connection);
  SLUICE_TRY(PrepareNamespace(connection, options.schema));
  SLUICE_TRY(PrepareSystemTables(connection, options));
  for (const StreamSpec& stream : shape.streams) {
    SLUICE_TRY(PrepareStream(connection, stream, options));
  }
  SLUICE_TRY(RetireSummaries(connection, shape.summaries));
  for (const SummarySpec& summary : shape.summaries) {
    SLUICE_ASSIGN(const StreamSpec* stream, StreamOf(shape, summary));
    SLUICE_TRY(PrepareSummary(connection, summary, *stream, options));
  }
  rollback.Over();
  return connection.Run("COMMIT");
}

// Readers see the old windows until the transaction ends.
Status RefillSummary(Connection& connection, const SummarySpec& summary, const StreamSpec& stream,
                     ByteSize memory) {
  SLUICE_ASSIGN(const SummarySql sql, SummarySql::Make(summary, stream));
  SLUICE_ASSIGN(auto deltas, StreamDeltas::Make(stream, {summary}, memory));
  SLUICE_TRY(connection.Run("DELETE FROM " + QuoteName(PartsTableOf(summary.name))));
  SLUICE_TRY(FillParts(connection, stream, sql, *deltas));
  return Register(connection, "summary", summary.name, ShapeText(summary, stream));
}

Status DropSummary(Connection& connection, const std::string& summary) {
  return connection.Run(
      fmt::format("DROP VIEW IF EXISTS {}; DROP TABLE IF EXISTS {}; DELETE FROM sluice_schema WHERE "
                  "kind = 'summary' AND name = {}",
                  QuoteName(summary), QuoteName(PartsTableOf(summary)), QuoteText(summary)));
}

}  // namespace sluice::pg
