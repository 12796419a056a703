#include "sinks/store/sql_params.h"

#include <fmt/format.h>
#include <simdjson.h>

namespace sluice {
namespace {

Result<SqlParam> ParseOne(simdjson::dom::parser& parser, const std::string& json) {
  const auto parsed = parser.parse(json);
  if (parsed.error() == simdjson::SUCCESS) {
    const simdjson::dom::element value = parsed.value_unsafe();
    switch (value.type()) {
      case simdjson::dom::element_type::NULL_VALUE:
        return SqlParam{};
      case simdjson::dom::element_type::BOOL:
        return SqlParam{bool{value}};
      case simdjson::dom::element_type::INT64:
        return SqlParam{int64_t{value}};
      case simdjson::dom::element_type::UINT64:
        return SqlParam{static_cast<double>(uint64_t{value})};
      case simdjson::dom::element_type::DOUBLE:
        return SqlParam{double{value}};
      case simdjson::dom::element_type::STRING:
        return SqlParam{std::string(std::string_view{value})};
      default:
        break;
    }
  }
  return Status::Reject(fmt::format("parameter {} is no JSON scalar", json.substr(0, 64)));
}

}  // namespace

Result<std::vector<SqlParam>> ParseSqlParams(const std::vector<std::string>& json) {
  simdjson::dom::parser parser;
  std::vector<SqlParam> params;
  for (const std::string& text : json) {
    SLUICE_ASSIGN(auto param, ParseOne(parser, text));
    params.push_back(std::move(param));
  }
  return params;
}

}  // namespace sluice
