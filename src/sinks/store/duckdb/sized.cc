#include "sinks/store/duckdb/sized.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice {
namespace {

// An overload; `n` is the size, and `most` what `count` may be. Of a range with a step, also one of
// times, nobody counts here.
struct Sized {
  const char* name;
  const char* parameters;
  const char* count;
  int64_t most;
};
constexpr int64_t kMostText = 1 << 20;
constexpr int64_t kMostElements = 128 << 10;
constexpr Sized kSized[] = {{"repeat", "value, n", "n * greatest(strlen(value::VARCHAR), 1)", kMostText},
                            {"lpad", "value, n, fill", "n", kMostText},
                            {"rpad", "value, n, fill", "n", kMostText},
                            {"bitstring", "value, n", "n", kMostText},
                            {"list_resize", "value, n", "n", kMostElements},
                            {"list_resize", "value, n, fill", "n", kMostElements},
                            {"array_resize", "value, n", "n", kMostElements},
                            {"array_resize", "value, n, fill", "n", kMostElements},
                            {"range", "n", "n", kMostElements},
                            {"range", "start, n", "n - start", kMostElements},
                            {"range", "start, n, step", "0", kMostElements},
                            {"generate_series", "n", "n", kMostElements},
                            {"generate_series", "start, n", "n - start", kMostElements},
                            {"generate_series", "start, n, step", "0", kMostElements}};

// `random() < 2` is always true, and nothing that the planner may compute.
std::string Overload(const Sized& sized) {
  const std::string size = fmt::format(
      "(CASE WHEN random() < 2 AND coalesce({0} <= {1}, true) THEN n ELSE error('{2}(…) gives {1} at most "
      "here') "
      "END)",
      sized.count, sized.most, sized.name);
  std::string arguments;
  std::string rest = sized.parameters;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(", "), rest.size());
    const std::string parameter = rest.substr(0, end);
    arguments += arguments.empty() ? "" : ", ";
    arguments += parameter == "n" ? size : parameter;
    rest.erase(0, std::min(end + 2, rest.size()));
  }
  return fmt::format("({}) AS system.main.{}({})", sized.parameters, sized.name, arguments);
}

}  // namespace

Status HoldSizes(Connection& connection) {
  std::string sql;
  const char* before = "";
  for (const Sized& sized : kSized) {
    const bool again = std::string_view(before) == sized.name;
    sql += again ? ", " : fmt::format("{}CREATE TEMP MACRO {}", sql.empty() ? "" : "; ", sized.name);
    sql += Overload(sized);
    before = sized.name;
  }
  return connection.Run(sql);
}

bool IsSized(const std::string& name) {
  return std::any_of(std::begin(kSized), std::end(kSized),
                     [&](const Sized& sized) { return sized.name == name; });
}

}  // namespace sluice
