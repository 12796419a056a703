// Texts as JSON strings: the one place that escapes. Control characters are escaped, DEL too, so that a line
// cannot be forged; bytes that are no UTF-8 become U+FFFD, because JSON may hold nothing else. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// The text in quotes.
std::string JsonText(std::string_view text);
void AppendJsonText(std::string_view text, std::string* out);

}  // namespace sluice
