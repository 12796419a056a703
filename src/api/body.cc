#include "api/body.h"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

#include "core/json_text.h"
#include "http/message.h"

namespace sluice::api {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

constexpr size_t kMostDepth = 32;
constexpr size_t kMostBytes = 8 << 20;

constexpr auto kSqlShape =
    R"(the body must be {"query": "SELECT …", "params": [1, "x", true, null]}; params is optional)";
constexpr auto kIdsShape = R"(the body must be {"ids": [1, 2]} with at least one id)";

Status Bad(std::string_view why, std::string_view shape) {
  return Status::Reject(fmt::format("{}: {}", why, shape));
}

// The members of the object that is the whole body; `take` is given each once.
template <class Take>
Status ForEachMember(std::string_view body, std::string_view shape, Take take) {
  simdjson::dom::parser parser(kMostBytes);
  if (parser.allocate(std::max<size_t>(body.size(), 64), kMostDepth)) return Bad("too large", shape);
  element document;
  if (const auto error = parser.parse(body.data(), body.size()).get(document)) {
    return Bad(fmt::format("not JSON ({})", simdjson::error_message(error)), shape);
  }
  object members;
  if (document.get(members)) return Bad("not a JSON object", shape);
  std::vector<std::string_view> seen;
  for (const auto [name, value] : members) {
    if (std::find(seen.begin(), seen.end(), name) != seen.end())
      return Bad(fmt::format("'{}' is repeated", name), shape);
    seen.push_back(name);
    SLUICE_TRY(take(name, value));
  }
  return {};
}

Result<std::string> Scalar(element value) {
  switch (value.type()) {
    case element_type::ARRAY:
    case element_type::OBJECT:
      return Bad("a param is no scalar", kSqlShape);
    case element_type::STRING:
      return JsonText(std::string_view(value.get_string()));
    default:
      return std::string(simdjson::minify(value));
  }
}

}  // namespace

Result<SqlBody> ParseSqlBody(std::string_view body) {
  SqlBody sql;
  SLUICE_TRY(ForEachMember(body, kSqlShape, [&](std::string_view name, element value) -> Status {
    if (name == "query") {
      std::string_view text;
      if (value.get(text)) return Bad("query is no text", kSqlShape);
      sql.query = text;
      return {};
    }
    array params;
    if (name != "params") return Bad(fmt::format("unknown member '{}'", name), kSqlShape);
    if (value.get(params)) return Bad("params is no array", kSqlShape);
    for (const element param : params) {
      SLUICE_ASSIGN(std::string scalar, Scalar(param));
      sql.params.push_back(std::move(scalar));
    }
    return {};
  }));
  if (sql.query.find_first_not_of(" \t\r\n") == std::string::npos) return Bad("there is no query", kSqlShape);
  return sql;
}

Result<std::vector<int64_t>> ParseIdsBody(std::string_view body) {
  std::vector<int64_t> ids;
  SLUICE_TRY(ForEachMember(body, kIdsShape, [&](std::string_view name, element value) -> Status {
    array list;
    if (name != "ids") return Bad(fmt::format("unknown member '{}'", name), kIdsShape);
    if (value.get(list)) return Bad("ids is no array", kIdsShape);
    for (const element item : list) {
      int64_t id = 0;
      if (item.get(id)) return Bad("an id is no whole number", kIdsShape);
      ids.push_back(id);
    }
    return {};
  }));
  if (ids.empty()) return Bad("there is no id", kIdsShape);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace sluice::api
