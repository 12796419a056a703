#include "codecs/text.h"

#include <algorithm>

#include "core/utf8.h"

namespace sluice {

std::string Excerpt(std::string_view text) {
  constexpr size_t kLongest = 48;
  size_t n = std::min(text.size(), kLongest);
  if (n < text.size()) {
    while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
  }
  std::string out(text.substr(0, n));
  const bool utf8 = IsUtf8(out);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !utf8)) c = '?';
  }
  if (n < text.size()) out += "…";
  return out;
}

}  // namespace sluice
