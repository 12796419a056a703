// Arrow columns as PostgreSQL array literals, for unnest() inside of a statement's text. Booleans, numbers,
// times and texts; doubles with all the digits they need. Pure functions.
#pragma once

#include <string>

#include <arrow/type_fwd.h>

namespace sluice::pg {

// '{…}' quoted as SQL text, nulls as NULL. Texts are UTF-8 without NUL.
std::string ArrayText(const arrow::ChunkedArray& column);

}  // namespace sluice::pg
