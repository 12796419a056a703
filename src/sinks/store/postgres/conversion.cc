#include "sinks/store/postgres/conversion.h"

#include <fmt/format.h>

namespace sluice::pg {
namespace {

constexpr const char* kTime = "timestamp with time zone";

bool IsNumber(const std::string& type) {
  return type == "bigint" || type == "integer" || type == "smallint" || type == "real" ||
         type == "double precision" || type.starts_with("numeric");
}

std::string FromTime(const std::string& column, const std::string& to) {
  if (to == "bigint") return fmt::format("(extract(epoch FROM {}) * 1000000)::bigint", column);
  if (to == "double precision") return fmt::format("extract(epoch FROM {})::double precision", column);
  return to == "text" ? column + "::text" : "";
}

std::string ToTime(const std::string& column, const std::string& from) {
  if (from == "bigint") return fmt::format("'epoch'::timestamptz + {} * interval '1 microsecond'", column);
  if (IsNumber(from)) return fmt::format("to_timestamp({}::double precision)", column);
  return from == "boolean" ? "" : fmt::format("{}::timestamptz", column);
}

}  // namespace

std::string Converted(const std::string& column, const std::string& from, const std::string& to) {
  if (to == "json") return fmt::format("to_json({})", column);
  // The text of a JSON value, without the quotes of a string.
  if (from == "json") return fmt::format("({} #>> '{{}}')::{}", column, to);
  if (from == kTime) return FromTime(column, to);
  if (to == kTime) return ToTime(column, from);
  if (from == "boolean" && IsNumber(to)) return fmt::format("{}::integer", column);
  if (IsNumber(from) && to == "boolean") return fmt::format("{} <> 0", column);
  return fmt::format("{}::{}", column, to);
}

}  // namespace sluice::pg
