// What the roles of a database must be allowed to do for sluice: `sluice docs grants` prints it, the tests
// run it. Pure function.
#pragma once

#include <string>

namespace sluice::pg {

// A script for psql: a writer for processes with jobs, a reader for those that only ask.
std::string GrantsScript();

}  // namespace sluice::pg
