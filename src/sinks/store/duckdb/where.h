// Checks a summary's `where` before any store is opened (`sluice check`): one condition over the stream's
// fields, in DuckDB's SQL. Binds it to an empty table in memory, under the sandbox's rules. Any thread; takes
// some milliseconds. Failures: reject, with DuckDB's words where it has some.
#pragma once

#include <string>

#include "core/schema.h"

namespace sluice {

// Rejects what is no condition, uses other tables or subqueries, calls what the sandbox denies, does not give
// the same answer whenever it is asked (now(), random()), or does not bind.
Status CheckWhere(const StreamSpec& stream, const std::string& where);

}  // namespace sluice
