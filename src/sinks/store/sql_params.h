// Parameters of user SQL as they come from a request: JSON scalars. Shared by both databases. Pure function.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/time.h"

namespace sluice {

struct SqlBytes {
  std::string bytes;
};
// null, whole number, other number, bool, text; instants and bytes in the store's own questions only.
using SqlParam = std::variant<std::monostate, int64_t, double, bool, std::string, Timestamp, SqlBytes>;

// `null`, `true`, `12`, `1.5`, `"text"`; rejects objects, arrays and what is no JSON.
Result<std::vector<SqlParam>> ParseSqlParams(const std::vector<std::string>& json);

}  // namespace sluice
