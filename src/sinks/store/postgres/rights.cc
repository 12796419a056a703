#include "sinks/store/postgres/rights.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/rows.h"
#include "sinks/store/sql_text.h"

namespace sluice::pg {
namespace {

// A schema that may not be used is no current_schema().
std::string MissingOnSchema(const std::string& schema) {
  return fmt::format(
      "SELECT format('GRANT USAGE, CREATE ON SCHEMA %I TO %I;', nspname, current_user) FROM pg_namespace "
      "WHERE nspname = {} "
      "AND NOT (has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE'))",
      QuoteText(schema));
}

// Rows are added and read, never changed; their days are dropped by the owner. Days get theirs from the table
// above them.
constexpr const char* kMissingOnWhatIsThere = R"sql(
SELECT coalesce(string_agg(statement, ' '), '') FROM (
  SELECT format('GRANT %s ON %I.%I TO %I;', string_agg(r.name, ', '), current_schema(), c.relname, current_user)
    AS statement
    FROM pg_class c CROSS JOIN unnest(CASE WHEN c.relname LIKE 'sluice\_%' THEN ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']
      ELSE ARRAY['SELECT', 'INSERT'] END) AS r (name)
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND (c.relname LIKE 'sluice\_%' OR c.relname IN (SELECT name FROM sluice_schema WHERE kind = 'stream'))
      AND NOT has_table_privilege(c.oid, r.name) GROUP BY c.relname
  UNION ALL
  SELECT format('GRANT USAGE ON SEQUENCE %I.%I TO %I;', current_schema(), c.relname, current_user) FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = 'sluice_dead_letter_id'
      AND NOT has_sequence_privilege(c.oid, 'USAGE')
  UNION ALL
  SELECT format('GRANT EXECUTE ON FUNCTION %I.%I TO %I;', current_schema(), p.proname, current_user) FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'sluice\_%'
      AND NOT has_function_privilege(p.oid, 'EXECUTE')) AS missing
)sql";

std::string Ask(Connection& connection, const std::string& question) {
  const auto answer = connection.Query(question);
  return answer.ok() && (*answer)->num_rows() > 0 ? Rows(*answer).Text(0, 0) : "";
}

}  // namespace

Status NameMissingRights(Connection& connection, const Status& failed) {
  if (failed.ok() || connection.broken() || connection.failure().sqlstate != kMissingRight) return failed;
  const std::string said = connection.failure().message;
  std::string statements = Ask(connection, MissingOnSchema(connection.schema()));
  if (statements.empty()) statements = Ask(connection, kMissingOnWhatIsThere);
  if (statements.empty()) return failed;
  return {failed.code(), fmt::format("{}: run {}", said, statements)};
}

}  // namespace sluice::pg
