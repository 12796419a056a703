// User SQL: one SELECT as a cursor of a READ ONLY transaction that is always rolled back, with a limit of
// time, rows and bytes. PostgreSQL's own grammar lets nothing but a SELECT be a cursor, and its transaction
// writes nothing; functions that reach beyond a transaction (ending backends, locks of a session, large
// objects, running other text) are denied by name, because the role that stores may call some of them. One
// thread per connection. Failures: reject for everything that is not such a SELECT, took too long or is too
// large.
#pragma once

#include <string>

#include "sinks/store/postgres/connection.h"
#include "sinks/store/queries.h"

namespace sluice::pg {

Result<SqlAnswer> RunUserSql(Connection& connection, const SqlQuery& query);

// The text without the semicolon that ends its one statement and what follows that: fit to be a part of
// another. Pure.
std::string_view StatementOf(std::string_view text);

// The first name in the text that is denied, or "". Pure.
std::string DeniedName(std::string_view text);

}  // namespace sluice::pg
