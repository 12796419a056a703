// Rights: which of those that the store needs its role lacks, as the statements that give them. PostgreSQL
// names the table alone. One thread per connection; cannot fail: who may not ask either hears the server's
// own words.
#pragma once

#include "sinks/store/postgres/connection.h"

namespace sluice::pg {

// `failed` with the statements to run, when the connection's last failure was a missing right. Asked outside
// of any transaction.
Status NameMissingRights(Connection& connection, const Status& failed);

}  // namespace sluice::pg
