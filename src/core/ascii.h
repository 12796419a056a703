// Letters and blanks of ASCII: for names, headers and settings, which have no others. Everything else stays
// as it is.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string LowerCase(std::string_view text);

// Without the blanks at both ends.
std::string_view Trim(std::string_view text, std::string_view blanks = " \t");

}  // namespace sluice
