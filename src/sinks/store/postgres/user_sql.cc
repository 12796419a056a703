#include "sinks/store/postgres/user_sql.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/util/byte_size.h>
#include <fmt/format.h>

#include "core/bytes.h"
#include "core/utf8.h"
#include "sinks/store/postgres/table_reader.h"
#include "sinks/store/sql_params.h"

namespace sluice::pg {
namespace {

constexpr const char* kHint =
    "one SELECT statement is answered here; tables and columns: SELECT * FROM information_schema.columns";

// Names that begin so.
constexpr std::string_view kDenied[] = {"pg_terminate_backend",
                                        "pg_cancel_backend",
                                        "pg_advisory",
                                        "pg_try_advisory",
                                        "pg_sleep",
                                        "set_config",
                                        "pg_reload_conf",
                                        "pg_rotate",
                                        "pg_read_",
                                        "pg_ls_",
                                        "pg_stat_file",
                                        "lo_",
                                        "pg_notify",
                                        "query_to_",
                                        "table_to_xml",
                                        "cursor_to_",
                                        "schema_to_xml",
                                        "database_to_xml",
                                        "dblink",
                                        "pg_switch_wal",
                                        "pg_logical",
                                        "pg_replication",
                                        "pg_create_",
                                        "pg_drop_",
                                        "pg_export_snapshot",
                                        "pg_stat_reset",
                                        "pg_promote",
                                        "pg_wal_replay",
                                        "pg_backup",
                                        "pg_log_backend",
                                        "currval",
                                        "lastval",
                                        "nextval",
                                        "setval",
                                        "setseed"};

bool IsNameByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || c == '$' || byte >= 0x80;
}

// What the server raises of such a row: no boolean.
constexpr const char* kTooLargeMark = "sluice: a row is too large";

// One statement may end in a semicolon, a part of another may not.
std::string_view WithoutSemicolon(std::string_view text) {
  const size_t end = text.find_last_not_of("; \t\r\n\f\v");
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

Status TooLargeRow(int64_t most) {
  return Status::Reject(fmt::format(
      "a row alone exceeds {}, the most that one answer has: ask for less of it", FormatByteSize({most})));
}

// FETCH gathers what it was asked for before it sends any of it.
constexpr int kFetched = 1'000;

// An answer on its way, up to the limits of the question.
class Collector {
 public:
  // `columns`: their names and types.
  Collector(Connection& connection, const SqlQuery& query, const PGresult& columns)
      : connection_(connection),
        query_(query),
        end_(std::chrono::steady_clock::now() + query.timeout),
        table_(columns) {}

  Result<SqlAnswer> All() {
    int64_t before = -1;
    while (!answer_.truncated && before != Count()) {
      before = Count();
      SLUICE_TRY(Fetch());
    }
    answer_.rows = table_.Finish();
    return answer_;
  }

 private:
  int64_t Count() const { return table_.rows(); }

  Status Fetch() {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now());
    SLUICE_TRY(
        connection_.Send(fmt::format("SET LOCAL statement_timeout = {}; FETCH FORWARD {} FROM sluice_user",
                                     std::max<int64_t>(left.count(), 1), kFetched)));
    connection_.OneRowAtATime();
    while (true) {
      SLUICE_ASSIGN(const Answer row, connection_.Next());
      if (row == nullptr) return {};
      const ExecStatusType status = PQresultStatus(row.get());
      if (status == PGRES_COMMAND_OK) continue;
      if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK) return connection_.Refused(row.get());
      if (status == PGRES_SINGLE_TUPLE) SLUICE_TRY(Take(*row));
      if (answer_.truncated) {
        connection_.Cancel();
        return {};
      }
    }
  }

  Status Take(const PGresult& row) {
    int64_t bytes = 0;
    for (int column = 0; column < PQnfields(&row); ++column) bytes += PQgetlength(&row, 0, column);
    const bool too_many = Count() == query_.max_rows;
    answer_.too_large = !too_many && table_.bytes() + bytes > query_.max_bytes;
    answer_.truncated = too_many || answer_.too_large;
    if (!answer_.truncated) table_.Add(row, 0);
    if (!answer_.too_large || Count() > 0) return {};
    connection_.Cancel();
    return TooLargeRow(query_.max_bytes);
  }

  Connection& connection_;
  const SqlQuery& query_;
  const std::chrono::steady_clock::time_point end_;
  TableReader table_;
  SqlAnswer answer_;
};

// A row longer than the answer may be is told by the server before it sends any of it: libpq holds whole
// rows. Values of no fixed size alone are measured. OFFSET 0 has every value computed once.
std::string Guarded(const SqlQuery& query, const std::vector<bool>& sized) {
  std::string names, bytes;
  for (size_t i = 0; i < sized.size(); ++i) {
    names += fmt::format("{}c{}", i == 0 ? "" : ", ", i);
    if (!sized[i])
      bytes += fmt::format("{}coalesce(octet_length(c{}::text), 0)::bigint", bytes.empty() ? "" : " + ", i);
  }
  return fmt::format(
      "SELECT * FROM (SELECT * FROM (\n{0}\n) AS q OFFSET 0) AS sluice_row ({1}) WHERE CASE WHEN {2} > {3} "
      "THEN "
      "('{4}' || left(({2})::text, 0))::boolean ELSE true END",
      WithoutSemicolon(query.text), names, bytes, query.max_bytes, kTooLargeMark);
}

Status Declare(Connection& connection, const std::string& text, const std::vector<SqlParam>& params) {
  SLUICE_TRY(connection.SendOne("DECLARE sluice_user NO SCROLL CURSOR FOR\n" + text, params));
  return connection.Drain();
}

// PostgreSQL's own grammar judges the text as it came; then its columns are known.
Result<SqlAnswer> RunIn(Connection& connection, const SqlQuery& query, const std::vector<SqlParam>& params) {
  SLUICE_TRY(connection.Run("BEGIN READ ONLY; SET LOCAL cursor_tuple_fraction = 1"));
  SLUICE_TRY(Declare(connection, query.text, params));
  SLUICE_ASSIGN(const Answer columns, connection.DescribeCursor("sluice_user"));
  std::vector<bool> sized;
  for (int column = 0; column < PQnfields(columns.get()); ++column)
    sized.push_back(PQfsize(columns.get(), column) >= 0);
  if (std::find(sized.begin(), sized.end(), false) != sized.end()) {
    SLUICE_TRY(connection.Run("CLOSE sluice_user"));
    SLUICE_TRY(Declare(connection, Guarded(query, sized), params));
  }
  return Collector(connection, query, *columns).All();
}

Status Translate(const Connection& connection, const Status& status, const SqlQuery& query) {
  if (connection.broken()) return status;
  const Failure& failure = connection.failure();
  if (failure.message.find(kTooLargeMark) != std::string::npos) return TooLargeRow(query.max_bytes);
  if (failure.sqlstate == kTimeout) {
    return Status::Reject(fmt::format("the query took longer than {}", FormatDuration(query.timeout)));
  }
  if (failure.sqlstate == "53200" || failure.sqlstate == "54000") {
    return Status::Reject(status.message() + "; narrow the query");
  }
  const bool syntax = failure.sqlstate == "42601" || failure.sqlstate == "42P11";
  return Status::Reject(syntax ? fmt::format("{}: {}", kHint, status.message()) : status.message());
}

}  // namespace

std::string DeniedName(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  // Escapes could spell any name.
  if (lower.find("u&\"") != std::string::npos) return "U&\"";
  for (const std::string_view denied : kDenied) {
    for (size_t at = lower.find(denied); at != std::string::npos; at = lower.find(denied, at + 1)) {
      if (at > 0 && IsNameByte(lower[at - 1])) continue;
      size_t end = at;
      while (end < lower.size() && IsNameByte(lower[end])) ++end;
      return lower.substr(at, end - at);
    }
  }
  return "";
}

Result<SqlAnswer> RunUserSql(Connection& connection, const SqlQuery& query) {
  SLUICE_ASSIGN(const auto params, ParseSqlParams(query.params));
  if (query.text.find('\0') != std::string::npos) return Status::Reject("the query contains a NUL byte");
  if (!IsUtf8(query.text)) return Status::Reject("the query is no UTF-8");
  const std::string denied = DeniedName(query.text);
  if (!denied.empty()) return Status::Reject(fmt::format("'{}' is not available here", denied));
  Rollback rollback(connection);
  auto answer = RunIn(connection, query, params);
  if (answer.ok()) return answer;
  return Translate(connection, answer.status(), query);
}

}  // namespace sluice::pg
