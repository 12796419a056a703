#include "sinks/store/duckdb/sandbox.h"

#include <thread>

#include <arrow/api.h>
#include <fmt/format.h>

#include "platform/mutex.h"
#include "sinks/store/duckdb/arrow_bridge.h"
#include "sinks/store/duckdb/sized.h"
#include "sinks/store/rows.h"
#include "sinks/store/sql_params.h"

namespace sluice {
namespace {

// Table functions that only compute or describe; all others this library has are denied.
constexpr const char* kAllowedTables =
    "'range', 'generate_series', 'unnest', 'json_each', 'json_tree', 'repeat', 'repeat_row', "
    "'duckdb_columns', "
    "'duckdb_tables', 'duckdb_views', 'duckdb_types', 'duckdb_schemas', 'duckdb_functions', "
    "'duckdb_constraints', "
    "'duckdb_indexes', 'duckdb_keywords', 'pragma_table_info', 'pragma_version', 'pg_timezone_names', "
    "'summary'";
// Other functions that change state, stall a thread, show settings or run text.
constexpr const char* kDeniedOthers =
    "'nextval', 'currval', 'setseed', 'sleep_ms', 'write_log', 'current_setting', 'getvariable', 'getenv', "
    "'query', "
    "'json_execute_serialized_sql', 'in_search_path', 'set_config', 'current_query', 'json_serialize_plan', "
    "'glob'";

constexpr const char* kHint =
    "one SELECT statement is answered here; tables and columns: SELECT * FROM information_schema.columns";

// Interrupts the connection when the time is over, again and again until the query has noticed.
class Deadline {
 public:
  Deadline(Connection& connection, Duration timeout)
      : end_(std::chrono::steady_clock::now() + timeout),
        thread_([this, &connection] { Watch(connection); }) {}
  ~Deadline() { Stop(); }

  // Joins the watcher; true when the time was over before.
  bool Stop() {
    {
      MutexLock lock(mutex_);
      done_ = true;
      changed_.NotifyAll();
    }
    if (thread_.joinable()) thread_.join();
    return passed_;
  }

 private:
  void Watch(Connection& connection) {
    MutexLock lock(mutex_);
    while (!done_) {
      const auto left = end_ - std::chrono::steady_clock::now();
      if (left.count() > 0) {
        changed_.WaitFor(mutex_, std::chrono::ceil<Duration>(left));
        continue;
      }
      passed_ = true;
      connection.Interrupt();
      changed_.WaitFor(mutex_, std::chrono::milliseconds(20));
    }
  }

  const std::chrono::steady_clock::time_point end_;
  Mutex mutex_;
  Condition changed_;
  bool done_ GUARDED_BY(mutex_) = false;
  bool passed_ = false;  // written by the watcher, read after the join
  std::thread thread_;
};

// A statement on its way: extracted, prepared, executed as a stream.
class Statement {
 public:
  ~Statement() {
    duckdb_destroy_result(&result_);
    duckdb_destroy_prepare(&prepared_);
    duckdb_destroy_extracted(&extracted_);
  }

  Status Prepare(Connection& connection, const std::string& text) {
    const idx_t count = duckdb_extract_statements(connection.handle(), text.c_str(), &extracted_);
    if (count == 0) return DuckDbStatus(duckdb_extract_statements_error(extracted_));
    if (count != 1) return Status::Reject(kHint);
    if (duckdb_prepare_extracted_statement(connection.handle(), extracted_, 0, &prepared_) != DuckDBSuccess) {
      return DuckDbStatus(duckdb_prepare_error(prepared_));
    }
    const bool select = duckdb_prepared_statement_type(prepared_) == DUCKDB_STATEMENT_TYPE_SELECT;
    return select ? Status() : Status::Reject(kHint);
  }

  Result<Answer> Execute(const std::vector<SqlParam>& params, AnswerCaps caps) {
    SLUICE_TRY(BindParams(prepared_, params));
    if (duckdb_execute_prepared_streaming(prepared_, &result_) != DuckDBSuccess) {
      const char* message = duckdb_result_error(&result_);
      return DuckDbStatus(duckdb_result_error_type(&result_), message == nullptr ? "unknown error" : message);
    }
    return TakeTable(result_, caps);
  }

 private:
  duckdb_extracted_statements extracted_ = nullptr;
  duckdb_prepared_statement prepared_ = nullptr;
  duckdb_result result_{};
};

Result<Answer> RunOne(Connection& connection, const std::string& text, const std::vector<SqlParam>& params,
                      AnswerCaps caps) {
  Statement statement;
  SLUICE_TRY(statement.Prepare(connection, text));
  return statement.Execute(params, caps);
}

// The two proofs below must not depend on the deny list, which is the outer of two walls.
Status ProveClosed(Connection& connection) {
  const auto file = RunOne(connection, "SELECT * FROM read_text('/proc/self/status')", {}, {.rows = 1});
  const Status setting = connection.Run("SET GLOBAL enable_external_access = true");
  const Status local = connection.Run("SET TimeZone = 'Asia/Tokyo'");
  if (!file.ok() && !setting.ok() && !local.ok()) return {};
  return Status::Reject(
      fmt::format("the SQL sandbox leaks ({}): this DuckDB ({}) is not fit to answer user SQL",
                  file.ok() ? "it reads files" : "it changes settings", duckdb_library_version()));
}

// What the parser says of a text: error and message, statements, whether one is SHOW, and line by line the
// functions and tables it names, the functions called with a schema, and those in arguments of table
// functions but unnest, which is computed in the run.
constexpr const char* kParsed = R"sql(
  WITH parsed AS (SELECT json_serialize_sql(?::VARCHAR) AS tree)
  SELECT coalesce((tree->>'error')::BOOLEAN, true), coalesce(tree->>'error_message', ''),
    coalesce(json_array_length(tree->'statements'), 0)::BIGINT,
    list_contains(tree->>'$..type', 'SHOW_REF'),
    array_to_string(list_distinct(list_concat(tree->>'$..function_name', tree->>'$..table_name')), chr(10)),
    array_to_string(regexp_extract_all(tree::VARCHAR, '"function_name":"([^"]*)","schema":"[^"]', 1), chr(10)),
    array_to_string(flatten(list_transform(
      list_filter(json_extract(tree, '$..function'),
        lambda f: lower(json_extract_string(f, '$.function_name')) <> 'unnest'),
      lambda f: json_extract_string(json_extract(f, '$.children'), '$..function_name'))), chr(10))
  FROM parsed)sql";

std::vector<std::string> LowerLines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string& line = lines.emplace_back(text.substr(begin, end - begin));
    std::transform(line.begin(), line.end(), line.begin(), [](unsigned char c) { return std::tolower(c); });
    begin = end + 1;
  }
  return lines;
}

}  // namespace

Result<Sandbox> Sandbox::Make(Connection& connection) {
  SLUICE_TRY(ProveClosed(connection));
  SLUICE_ASSIGN(
      auto answer,
      connection.Query(fmt::format(
          "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_name IN ({1}) "
          "OR (function_type IN ('table', 'table_macro', 'pragma') AND function_name NOT IN ({0}))",
          kAllowedTables, kDeniedOthers)));
  const Rows rows(answer);
  Sandbox sandbox;
  for (int64_t row = 0; row < rows.size(); ++row) sandbox.denied_.insert(rows.Text(0, row));
  const auto file = sandbox.Run(connection, {.text = "SELECT * FROM read_text('/proc/self/status')"});
  const auto setting = sandbox.Run(connection, {.text = "SET threads = 1"});
  if (file.ok() || setting.ok()) return Status::Reject("the SQL sandbox leaks: it runs more than SELECT");
  return sandbox;
}

// DuckDB serialises SELECT statements only; SHOW and DESCRIBE are parsed as one and known by their node.
Status Sandbox::Check(Connection& connection, const std::string& text) const {
  if (text.find('\0') != std::string::npos) return Status::Reject("the query contains a NUL byte");
  SLUICE_ASSIGN(auto answer, connection.Query(kParsed, {text}));
  const Rows rows(answer);
  if (rows.Int(0, 0) != 0) {
    const std::string reason = rows.Text(1, 0);
    const bool other = reason.find("Only SELECT") != std::string::npos;
    return Status::Reject(other ? std::string(kHint) : reason);
  }
  if (rows.Int(2, 0) != 1 || rows.Int(3, 0) != 0) return Status::Reject(kHint);
  for (const std::string& name : LowerLines(rows.Text(4, 0))) {
    if (denied_.count(name) != 0)
      return Status::Reject(fmt::format("function '{}' is not available here", name));
  }
  for (const std::string& name : LowerLines(rows.Text(5, 0))) {
    if (IsSized(name)) return Status::Reject(fmt::format("function '{0}' is called as {0}(…) here", name));
  }
  for (const std::string& name : LowerLines(rows.Text(6, 0))) {
    if (IsSized(name))
      return Status::Reject(fmt::format("'{}' is not available as an argument in FROM", name));
  }
  return {};
}

Result<SqlAnswer> Sandbox::Run(Connection& connection, const SqlQuery& query) const {
  SLUICE_ASSIGN(const auto params, ParseSqlParams(query.params));
  // It ends after the deadline: a ROLLBACK that was interrupted would leave the connection useless to the
  // next.
  Transaction transaction(connection);
  SLUICE_TRY(transaction.Begin(true));
  Deadline deadline(connection, query.timeout);
  Status status = Check(connection, query.text);
  SqlAnswer answer;
  if (status.ok()) {
    auto rows = RunOne(connection, query.text, params, {.rows = query.max_rows, .bytes = query.max_bytes});
    if (rows.ok()) {
      answer = {.rows = rows->rows, .truncated = rows->truncated, .too_large = rows->too_large};
    } else {
      status = rows.status();
    }
  }
  const bool late = deadline.Stop();
  if (status.ok()) return answer;
  if (status.code() == Code::fatal) return status;
  if (late)
    return Status::Reject(fmt::format("the query took longer than {}", FormatDuration(query.timeout)));
  const bool memory = status.message().starts_with("Out of Memory");
  return Status::Reject(status.message() + (memory ? "; narrow the query" : ""));
}

}  // namespace sluice
