// AppendJsonText: a text as a JSON string. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// Appends `text` in quotes, escaped. Bytes that are no UTF-8 become '?'.
void AppendJsonText(std::string_view text, std::string* out);

}  // namespace sluice
