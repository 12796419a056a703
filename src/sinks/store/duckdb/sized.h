// Sized functions: those whose result is as large as an argument says (repeat, lpad, range, …). DuckDB
// computes calls with constant arguments while it plans, in memory that its memory_limit does not count, and
// single lists likewise: repeat('x', 2000000000) took 8 GB. On connections that answer user SQL a macro of
// the same name in the temporary schema hides each of them. It bounds the size and makes it a value of the
// run, so that the limit holds; table functions compute their arguments while planning all the same, so none
// stands there (sandbox.cc). The size of a range with a step is not bounded. Pure but for HoldSizes; one
// thread per connection.
#pragma once

#include <string>

#include "sinks/store/duckdb/database.h"

namespace sluice {

// Once per connection.
Status HoldSizes(Connection& connection);
// Whether a call `schema.name(…)` would reach behind a macro, and `FROM f(name(…))` past it. In lower case.
bool IsSized(const std::string& name);

}  // namespace sluice
