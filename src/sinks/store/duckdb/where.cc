#include "sinks/store/duckdb/where.h"

#include <fmt/format.h>

#include "config/names.h"
#include "core/ascii.h"
#include "sinks/store/duckdb/database.h"
#include "sinks/store/duckdb/sandbox.h"
#include "sinks/store/duckdb/schema.h"
#include "sinks/store/duckdb/summary_sql.h"
#include "sinks/store/rows.h"

namespace sluice {
namespace {

// The statement must still be the one that was written around the condition: text that closes a bracket early
// shows in its parse tree.
constexpr const char* kShape = R"(
  WITH parsed AS (SELECT json_serialize_sql(?::VARCHAR)->'$.statements[0].node' AS node)
  SELECT coalesce(list_contains((node->>'$..class'), 'SUBQUERY'), false),
    coalesce((node->>'$.type') = 'SELECT_NODE' AND (node->>'$.from_table.type') = 'BASE_TABLE'
      AND (node->>'$.where_clause.type') = 'OPERATOR_TRY' AND json_array_length(node, '$.modifiers') = 1
      AND json_array_length(node, '$.group_expressions') = 0 AND (node->>'$.having') IS NULL
      AND (node->>'$.qualify') IS NULL AND json_array_length(node, '$.select_list') = 1, false)
  FROM parsed)";

// What the condition asks of the moment or of chance: functions by their names, and SQL's words for some that
// are written without brackets. The library says of most functions whether they are steady; of some it does
// not, and age() asks for the date only with one argument.
constexpr const char* kUnsteady = R"(
  WITH nodes AS (SELECT * FROM json_tree(json_serialize_sql(?::VARCHAR))),
    unsteady AS (SELECT function_name AS name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'
      UNION ALL VALUES ('ago'), ('current_localtime'), ('current_localtimestamp'), ('pg_conf_load_time'),
        ('pg_postmaster_start_time'), ('current_timestamp'), ('current_date'), ('current_time'),
        ('localtime'), ('localtimestamp')),
    calls AS (SELECT lower(f.atom->>'$') AS name, f.atom->>'$' || '()' AS written,
        count(a.key) FILTER (a.path = f.path || '.children') AS arguments
      FROM nodes f LEFT JOIN nodes a ON a.path = f.path || '.children'
      WHERE f.key = 'function_name' GROUP BY f.id, 1, 2
      UNION ALL SELECT lower(n.value->>0), n.value->>0, 0 FROM nodes n
      WHERE n.key = 'column_names' AND json_array_length(n.value) = 1
        AND NOT list_contains(string_split(?::VARCHAR, chr(10)), lower(n.value->>0)))
  SELECT written FROM calls
  WHERE (name = 'age' AND arguments = 1) OR name IN (SELECT name FROM unsteady) ORDER BY written LIMIT 1)";

Status CheckShape(Connection& connection, const std::string& sql) {
  SLUICE_ASSIGN(auto answer, connection.Query(kShape, {sql}));
  const Rows rows(answer);
  if (rows.Int(0, 0) != 0) return Status::Reject("a condition of one reading has no subquery");
  if (rows.Int(1, 0) == 0) return Status::Reject("must be one condition, like temperature > 30");
  return {};
}

// A summary that is built again from the log must take the same readings as before.
Status CheckSteady(Connection& connection, const StreamSpec& stream, const std::string& sql) {
  std::string fields;
  for (const Field& field : stream.fields) fields += LowerCase(field.name) + '\n';
  SLUICE_ASSIGN(auto answer, connection.Query(kUnsteady, {sql, fields}));
  const Rows rows(answer);
  if (rows.size() == 0) return {};
  return Status::Reject(
      fmt::format("must give the same answer whenever it is asked: {} does not", rows.Text(0, 0)));
}

}  // namespace

Status CheckWhere(const StreamSpec& stream, const std::string& where) {
  SLUICE_ASSIGN(auto database, Database::Open({.memory = MiB(64), .threads = 1}));
  SLUICE_ASSIGN(auto connection, database->Connect());
  SLUICE_TRY(PrepareSystemTables(*connection));
  SLUICE_TRY(PrepareStream(*connection, stream));
  SLUICE_ASSIGN(const Sandbox sandbox, Sandbox::Make(*connection));
  const SummarySpec summary{.name = "where", .stream = stream.name, .every = Duration(1), .where = where};
  SLUICE_ASSIGN(const SummarySql sql, SummarySql::Make(summary, stream));
  SLUICE_TRY(sandbox.Check(*connection, sql.CheckWhere()));
  SLUICE_TRY(CheckShape(*connection, sql.CheckWhere()));
  SLUICE_TRY(CheckSteady(*connection, stream, sql.CheckWhere()));
  return connection->Run(sql.CheckWhere());
}

}  // namespace sluice
