// Names in a pipeline file: of components, of fields and of the columns of summaries. Pure decisions: each
// returns nothing, or why the name cannot be.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

struct NameFault {
  std::string message;
  std::string hint;
};

// `[a-z][a-z0-9_]{0,47}`, not starting with `sluice`.
std::optional<NameFault> CheckComponentName(std::string_view name);
// A column of a table in the store: 1 to 63 bytes of UTF-8 without control characters, quotes, brackets,
// commas, semicolons and backslashes, no blank at either end.
std::optional<NameFault> CheckColumnName(std::string_view name);
// The same for a field of a stream, which also must not be a system column. `keeps_extra`: unknown = "keep".
std::optional<NameFault> CheckFieldName(std::string_view name, bool keeps_extra);

}  // namespace sluice
