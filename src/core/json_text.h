// JSON strings, written: the one place that escapes. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// `text` with quotes around it; control characters, quotes and backslashes escaped.
std::string JsonString(std::string_view text);
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace sluice
