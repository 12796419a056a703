// Body: the small JSON bodies of POST requests, taken apart. Pure functions over untrusted bytes;
// thread-safe. Failures: reject, the message says what the body must hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"

namespace sluice::api {

// {"query": "…", "params": [scalar, …]}
struct SqlBody {
  std::string query;
  std::vector<std::string> params;  // JSON scalars, as text
};
Result<SqlBody> ParseSqlBody(std::string_view body);

// {"ids": [1, 2]}, at least one.
Result<std::vector<int64_t>> ParseIdsBody(std::string_view body);

}  // namespace sluice::api
