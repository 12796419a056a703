// The sandbox of user SQL: one SELECT, inside a read-only transaction, on a database that can reach no file
// and whose settings are locked; functions that read files, change settings or run other text are denied by
// name. What a query calls is read from DuckDB's own parse tree, not from its text; sized functions (sized.h)
// only by their bare names. Thread-safe; one query
// per connection at a time. Failures: reject for everything that is not such a SELECT, took too long or wants
// too much memory.
#pragma once

#include <set>
#include <string>

#include "sinks/store/duckdb/database.h"
#include "sinks/store/queries.h"

namespace sluice {

class Sandbox {
 public:
  // Reads which functions this library has; proves on `connection` that no file is read and no setting
  // changed.
  static Result<Sandbox> Make(Connection& connection);

  Result<SqlAnswer> Run(Connection& connection, const SqlQuery& query) const;
  // Rejects what is not one SELECT, or calls a denied function; runs nothing of it.
  Status Check(Connection& connection, const std::string& text) const;

 private:
  std::set<std::string> denied_;  // functions, lower case
};

}  // namespace sluice
