// What codecs ask of a piece of text, and how it looks in the reason of a dead letter. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// Between the tokens of JSON.
inline bool IsJsonBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// At most 48 bytes of `text`, cut at a character, for a reason of one line; control characters and what is
// not UTF-8 become '?'.
std::string Excerpt(std::string_view text);

}  // namespace sluice
