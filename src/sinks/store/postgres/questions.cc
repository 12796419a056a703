#include "sinks/store/postgres/questions.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/answers.h"
#include "sinks/store/sql_text.h"
#include "sinks/store/stream_sql.h"
#include "sinks/store/walk_back.h"

namespace sluice::pg {
namespace {

// Every row has a time within the years that a literal writes.
std::string Instant(Timestamp time) { return QuoteTime(std::clamp(time, kMinTime, kMaxTime)); }

std::string TimeOf(const StreamSpec& stream) {
  return "r." + QuoteName(stream.fields[static_cast<size_t>(stream.time)].name);
}

// Compared and sorted by its bytes, as DuckDB does.
std::string KeyText(const StreamSpec& stream) {
  const sluice::Field& key = stream.fields[static_cast<size_t>(*stream.key)];
  const std::string column = "r." + QuoteName(key.name);
  return fmt::format("({} COLLATE \"C\")", key.type == FieldType::text ? column : column + "::text");
}

std::string NotFuture(const StreamSpec& stream) {
  return fmt::format("{} - r.ingested_at <= interval '{} microseconds'", TimeOf(stream),
                     stream.max_future.count());
}

std::string ColumnList(const StreamSpec& stream, const arrow::Schema& schema) {
  std::string list;
  for (const auto& field : schema.fields()) {
    const std::string name = QuoteName(field->name());
    const int index = stream.FieldIndex(field->name());
    const bool json = (index >= 0 && stream.fields[static_cast<size_t>(index)].type == FieldType::json) ||
                      field->name() == kExtra;
    list += fmt::format("{}r.{}{}", list.empty() ? "" : ", ", name, json ? "::text" : "");
  }
  return list;
}

std::string Before(const StreamSpec& stream, const Cursor& cursor) {
  return fmt::format("({}, r._partition, r._position) < ({}, {}, {})", TimeOf(stream), Instant(cursor.time),
                     cursor.partition, cursor.position);
}

// All conditions of the question but the lower bound in time.
std::string Conditions(const StreamSpec& stream, const ReadingsQuery& query) {
  std::string where = "true";
  if (query.key) where += fmt::format(" AND {} = {}", KeyText(stream), QuoteText(*query.key));
  if (query.to) where += fmt::format(" AND {} < {}", TimeOf(stream), Instant(*query.to));
  if (query.before) {
    where += fmt::format(" AND {} <= {} AND {}", TimeOf(stream), Instant(query.before->time),
                         Before(stream, *query.before));
  }
  if (!query.include_future) where += " AND " + NotFuture(stream);
  return where;
}

Result<Reach> FindReach(Connection& connection, const StreamSpec& stream, const ReadingsQuery& query) {
  std::string sql = fmt::format(
      "SELECT count(*), max({}), min(first), sum(readings)::bigint FROM sluice_key WHERE stream = {}",
      query.include_future ? "latest" : "last", QuoteText(stream.name));
  if (query.key) sql += " AND key = " + QuoteText(*query.key);
  SLUICE_ASSIGN(auto answer, connection.Query(sql));
  const Rows rows(answer);
  Reach reach{.known = rows.Int(0, 0) > 0, .readings = rows.Int(3, 0)};
  reach.newest = rows.Time(1, 0).value_or(kMinTime);
  // A reading from the future may be older than the first that is not.
  if (!query.include_future) reach.oldest = rows.Time(2, 0).value_or(kMaxTime);
  return reach;
}

// Sums that a double does not hold are made of values divided by 2^64; PostgreSQL raises where DuckDB has
// infinity, and where nothing is left of a quotient.
std::string FieldStatsSql(const sluice::Field& field) {
  const std::string x = "r." + QuoteName(field.name);
  const std::string basics = fmt::format(", count({0}), min({0}), max({0})", x);
  if (field.type == FieldType::integer) {
    return basics + fmt::format(", avg({0})::float8, stddev_samp({0}::float8)", x);
  }
  return basics + fmt::format(
                      ", CASE WHEN max(abs({0})) < 1e290 THEN sum({0}) FILTER (WHERE abs({0}) < 1e290) / "
                      "count({0}) ELSE "
                      "sum(CASE WHEN abs({0}) < 1e-200 THEN 0 ELSE {0} / 18446744073709551616.0::float8 END) "
                      "/ count({0}) * "
                      "18446744073709551616.0::float8 END, CASE WHEN max(abs({0})) < 1e145 THEN "
                      "stddev_samp({0}) FILTER (WHERE abs({0}) < 1e145) END",
                      x);
}

}  // namespace

TableAnswer AskReadings(Connection& connection, const StreamSpec& stream, const ReadingsQuery& query) {
  const auto schema = query.system_columns ? stream.TableSchema() : stream.RowSchema();
  const std::string time = TimeOf(stream);
  const std::string select = fmt::format("SELECT {} FROM {} r WHERE {}", ColumnList(stream, *schema),
                                         QuoteName(stream.name), Conditions(stream, query));
  const auto ask = [&](Timestamp from) {
    return connection.Query(
        fmt::format("{} AND {} >= {} ORDER BY {} DESC, r._partition DESC, r._position DESC LIMIT {}", select,
                    time, Instant(from), time, query.limit));
  };
  if (query.key && !stream.key) return Status::Reject(fmt::format("stream '{}' has no key", stream.name));
  if (!stream.key) return ask(query.from.value_or(kMinTime));
  SLUICE_ASSIGN(const Reach reach, FindReach(connection, stream, query));
  return WalkBack(reach, query, ask);
}

TableAnswer AskKeys(Connection& connection, const KeysQuery& query) {
  const std::string behind = query.after ? " AND key > " + QuoteText(*query.after) : "";
  return connection.Query(fmt::format(
      "SELECT key, first, last, readings FROM sluice_key WHERE stream = {}{} ORDER BY key LIMIT {}",
      QuoteText(query.stream), behind, query.limit));
}

Result<StatsAnswer> AskStats(Connection& connection, const StreamSpec& stream, const StatsQuery& query) {
  if (query.by_key && !stream.key) return Status::Reject(fmt::format("stream '{}' has no key", stream.name));
  const std::vector<sluice::Field> fields = NumericFields(stream);
  std::string columns = "count(*)";
  for (const sluice::Field& field : fields) columns += FieldStatsSql(field);
  std::string from = fmt::format(" FROM {0} r WHERE {1} >= {2} AND {1} < {3}", QuoteName(stream.name),
                                 TimeOf(stream), Instant(query.from), Instant(query.to));
  if (!query.include_future) from += " AND " + NotFuture(stream);
  SLUICE_ASSIGN(auto all, connection.Query("SELECT " + columns + from));
  StatsAnswer stats{.all = ReadStats(Rows(all), 0, 0, fields)};
  if (!query.by_key) return stats;
  const std::string key = KeyText(stream);
  if (query.after) from += fmt::format(" AND {} > {}", key, QuoteText(*query.after));
  SLUICE_ASSIGN(auto each, connection.Query(fmt::format("SELECT {}, {}{} GROUP BY 1 ORDER BY 1 LIMIT {}", key,
                                                        columns, from, query.limit)));
  const Rows rows(each);
  for (int64_t row = 0; row < rows.size(); ++row)
    stats.keys[rows.Text(0, row)] = ReadStats(rows, row, 1, fields);
  return stats;
}

TableAnswer AskWindows(Connection& connection, const SummarySpec& summary, const StreamSpec& stream,
                       const WindowsQuery& query) {
  const std::string start = QuoteName(summary.start_name);
  // json has no order of its own, and texts one of a language.
  const auto sortable = [&](const std::string& field) {
    const FieldType type = stream.fields[static_cast<size_t>(stream.FieldIndex(field))].type;
    const std::string name = QuoteName(field);
    if (type == FieldType::text) return name + " COLLATE \"C\"";
    return type == FieldType::json ? fmt::format("({}::text COLLATE \"C\")", name) : name;
  };
  std::string where = "true";
  if (query.from) where += fmt::format(" AND {} >= {}", start, Instant(*query.from));
  if (query.to) where += fmt::format(" AND {} < {}", start, Instant(*query.to));
  if (query.key) {
    if (summary.by.empty())
      return Status::Reject(fmt::format("summary '{}' has no `by` field", summary.name));
    where += fmt::format(" AND {}::text = {}", QuoteName(summary.by[0]), QuoteText(*query.key));
  }
  std::string order = start;
  for (const std::string& field : summary.by) order += ", " + sortable(field);
  return connection.Query(fmt::format("SELECT * FROM {} WHERE {} ORDER BY {} LIMIT {}",
                                      QuoteName(summary.name), where, order, query.limit));
}

Result<std::vector<StoreQueries::SeatRow>> AskSeats(Connection& connection) {
  SLUICE_ASSIGN(auto answer, connection.Query(fmt::format(
                                 "SELECT job, stream, \"partition\", {} FROM sluice_position ORDER BY job "
                                 "COLLATE \"C\", stream COLLATE \"C\", \"partition\"",
                                 kSeatStateColumns)));
  return ReadSeats(Rows(answer));
}

Result<StoreQueries::Counted> AskCount(Connection& connection, const std::string& stream,
                                       PartitionId partition, Position from, Position next) {
  SLUICE_ASSIGN(
      auto answer,
      connection.Query(fmt::format(
          "SELECT (SELECT count(*) FROM {0} WHERE _partition = {2} AND _position >= {3} AND _position < "
          "{4}), "
          "(SELECT count(*) FROM sluice_dead_letter WHERE stream = {1} AND job = {5} AND \"partition\" = {2} "
          "AND position >= {3} AND position < {4}), "
          "(SELECT coalesce(sum(rows), 0)::bigint FROM sluice_expired WHERE stream = {1} AND \"partition\" = "
          "{2})",
          RowsOfStream(stream), QuoteText(stream), partition, from, next, QuoteText(StoreJobOf(stream)))));
  const Rows rows(answer);
  return StoreQueries::Counted{rows.Int(0, 0), rows.Int(1, 0), rows.Int(2, 0)};
}

Result<std::vector<StoredDeadLetter>> AskDeadLetters(Connection& connection, const DeadLettersQuery& query) {
  std::string where = fmt::format("id > {}", query.after);
  if (query.stream) where += " AND " + LettersOfStream(*query.stream);
  if (!query.ids.empty()) where += fmt::format(" AND id IN ({})", fmt::join(query.ids, ", "));
  SLUICE_ASSIGN(auto answer, connection.Query(fmt::format(
                                 "SELECT id, stream, job, \"partition\", position, reason, source, "
                                 "substring(bytes FROM 1 FOR {}), length, hash, arrival FROM "
                                 "sluice_dead_letter WHERE {} ORDER BY id LIMIT {}",
                                 query.bytes, where, query.limit)));
  return ReadDeadLetters(Rows(answer));
}

}  // namespace sluice::pg
