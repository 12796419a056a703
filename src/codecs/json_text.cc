#include "codecs/json_text.h"

#include <fmt/format.h>

#include "codecs/text.h"

namespace sluice {

void AppendJsonText(std::string_view text, std::string* out) {
  const bool utf8 = IsUtf8(text);
  *out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') *out += '\\';
    if (byte < 0x20) {
      *out += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
    } else {
      *out += byte >= 0x80 && !utf8 ? '?' : c;
    }
  }
  *out += '"';
}

}  // namespace sluice
