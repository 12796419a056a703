// What the codecs ask of a piece of text: whether it is UTF-8, and how it looks in the reason of a dead letter. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

bool IsUtf8(std::string_view text);

// At most 48 bytes of `text`, cut at a character, for a reason of one line; control characters and what is not UTF-8
// become '?'.
std::string Excerpt(std::string_view text);

}  // namespace sluice
