#include "sinks/store/duckdb/conversion.h"

#include <fmt/format.h>

namespace sluice {
namespace {

constexpr const char* kTime = "TIMESTAMP WITH TIME ZONE";

std::string FromTime(const std::string& column, const std::string& to) {
  if (to == "BIGINT") return fmt::format("epoch_us({})", column);
  if (to == "DOUBLE") return fmt::format("epoch({})", column);
  return to == "VARCHAR" ? fmt::format("CAST({} AS VARCHAR)", column) : "";
}

std::string ToTime(const std::string& column, const std::string& from) {
  if (from == "BIGINT") return fmt::format("make_timestamptz({})", column);
  if (from == "DOUBLE") return fmt::format("to_timestamp({})", column);
  return from == "BOOLEAN" ? "" : fmt::format("CAST({} AS {})", column, kTime);
}

}  // namespace

std::string Converted(const std::string& column, const std::string& from, const std::string& to) {
  if (to == "JSON") return fmt::format("to_json({})", column);
  // The text of a JSON value, without the quotes of a string.
  if (from == "JSON") return fmt::format("CAST({} ->> '$' AS {})", column, to);
  if (from == kTime) return FromTime(column, to);
  if (to == kTime) return ToTime(column, from);
  return fmt::format("CAST({} AS {})", column, to);
}

}  // namespace sluice
