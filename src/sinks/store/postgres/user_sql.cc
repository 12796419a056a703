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
      StatementOf(query.text), names, bytes, query.max_bytes, kTooLargeMark);
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

// Where a comment, a string or a quoted name that begins at `at` ends; `at` itself where none does.
size_t SkipQuoted(std::string_view text, size_t at) {
  const auto after = [&](std::string_view mark, size_t from) {
    const size_t found = text.find(mark, from);
    return found == std::string_view::npos ? text.size() : found + mark.size();
  };
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("--")) return std::min(text.find_first_of("\r\n", at), text.size());
  if (rest.starts_with("\"")) return after("\"", at + 1);
  if (rest.starts_with("/*")) {
    size_t end = at + 2;
    for (int depth = 1; depth > 0 && end < text.size();) {
      const std::string_view two = text.substr(end, 2);
      depth += two == "/*" ? 1 : two == "*/" ? -1 : 0;
      end += two == "/*" || two == "*/" ? 2 : 1;
    }
    return std::min(end, text.size());
  }
  if (rest.starts_with("'")) {
    const bool prefixed = at > 0 && (text[at - 1] == 'E' || text[at - 1] == 'e');
    const bool escapes = prefixed && (at < 2 || !IsNameByte(text[at - 2]));
    size_t end = at + 1;
    while (end < text.size() && text[end] != '\'') end += escapes && text[end] == '\\' ? 2 : 1;
    return std::min(end + 1, text.size());
  }
  if (rest.starts_with("$") && (at == 0 || !IsNameByte(text[at - 1]))) {
    size_t tag = at + 1;
    while (tag < text.size() && IsNameByte(text[tag]) && text[tag] != '$') ++tag;
    const bool digit = std::isdigit(static_cast<unsigned char>(text[std::min(at + 1, text.size() - 1)])) != 0;
    if (tag < text.size() && text[tag] == '$' && !digit) {
      return after(text.substr(at, tag + 1 - at), tag + 1);
    }
  }
  return at;
}

}  // namespace

std::string_view StatementOf(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (text[at] == ';') return text.substr(0, at);
    at = std::max(SkipQuoted(text, at), at + 1);
  }
  return text;
}

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
