#include "sinks/store/duckdb/where.h"

#include "sinks/store/duckdb/database.h"
#include "sinks/store/duckdb/rows.h"
#include "sinks/store/duckdb/sandbox.h"
#include "sinks/store/duckdb/schema.h"
#include "sinks/store/duckdb/summary_sql.h"

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

Status CheckShape(Connection& connection, const std::string& sql) {
  SLUICE_ASSIGN(auto answer, connection.Query(kShape, {sql}));
  const Rows rows(answer);
  if (rows.Int(0, 0) != 0) return Status::Reject("a condition of one reading has no subquery");
  if (rows.Int(1, 0) == 0) return Status::Reject("must be one condition, like temperature > 30");
  return {};
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
  return connection->Run(sql.CheckWhere());
}

}  // namespace sluice
