#include "config/names.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/ascii.h"
#include "core/schema.h"
#include "core/utf8.h"

namespace sluice {
namespace {

constexpr size_t kMaxComponentName = 48;
constexpr size_t kMaxColumnName = 63;  // PostgreSQL cuts longer ones in silence
// Columns that PostgreSQL gives every table.
constexpr std::array<std::string_view, 6> kDatabaseColumns = {"ctid", "xmin", "xmax",
                                                              "cmin", "cmax", "tableoid"};

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

bool FitsColumn(char c) {
  static constexpr std::string_view kRefused = "\"'`(){}[],;\\";
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7f && kRefused.find(c) == std::string_view::npos;
}

}  // namespace

std::optional<NameFault> CheckComponentName(std::string_view name) {
  const bool shape =
      !name.empty() && name.size() <= kMaxComponentName && IsLower(name.front()) &&
      std::all_of(name.begin(), name.end(), [](char c) { return IsLower(c) || IsDigit(c) || c == '_'; });
  if (!shape) {
    return NameFault{fmt::format("`{}` cannot be a name", name.substr(0, 64)),
                     "a name has up to 48 of a-z, 0-9 and _ and starts with a letter"};
  }
  if (name.starts_with("sluice")) {
    return NameFault{fmt::format("`{}` cannot be a name", name),
                     "names that start with `sluice` are kept for tables of the store"};
  }
  return std::nullopt;
}

std::optional<NameFault> CheckColumnName(std::string_view name) {
  const bool shape = !name.empty() && name.size() <= kMaxColumnName && name.front() != ' ' &&
                     name.back() != ' ' && std::all_of(name.begin(), name.end(), FitsColumn) && IsUtf8(name);
  if (!shape) {
    return NameFault{
        fmt::format("`{}` cannot be the name of a column", name.substr(0, 80)),
        "a column's name has 1 to 63 bytes, without quotes, brackets, commas, semicolons and backslashes"};
  }
  if (std::find(kDatabaseColumns.begin(), kDatabaseColumns.end(), LowerCase(name)) !=
      kDatabaseColumns.end()) {
    return NameFault{fmt::format("`{}` is a column of the database itself", name), "choose another name"};
  }
  return std::nullopt;
}

std::optional<NameFault> CheckFieldName(std::string_view name, bool keeps_extra) {
  if (auto fault = CheckColumnName(name)) return fault;
  const std::string lower = LowerCase(name);
  const std::string hint = "choose another name and give the path in the input with `map` of the source";
  if (lower == kIngestedAt || lower == kPartition || lower == kPosition) {
    return NameFault{fmt::format("`{}` is a column that every stream has", name), hint};
  }
  if (keeps_extra && lower == kExtra) {
    return NameFault{fmt::format("`{}` is the column of undeclared fields under unknown = \"keep\"", name),
                     hint};
  }
  return std::nullopt;
}

}  // namespace sluice
