#include "core/json_text.h"

#include <iterator>

#include <fmt/format.h>

#include "core/utf8.h"

namespace sluice {
namespace {

void AppendEscaped(unsigned char byte, std::string* out) {
  switch (byte) {
    case '"':
      *out += "\\\"";
      return;
    case '\\':
      *out += "\\\\";
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      break;
  }
  if (byte >= 0x80) {
    *out += "\\ufffd";
  } else {
    fmt::format_to(std::back_inserter(*out), "\\u{:04x}", static_cast<unsigned>(byte));
  }
}

}  // namespace

void AppendJsonText(std::string_view text, std::string* out) {
  const bool utf8 = IsUtf8(text);
  out->push_back('"');
  size_t plain = 0;  // first byte not yet written
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f && (byte < 0x80 || utf8)) continue;
    out->append(text, plain, i - plain);
    plain = i + 1;
    AppendEscaped(byte, out);
  }
  out->append(text, plain);
  out->push_back('"');
}

std::string JsonText(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  AppendJsonText(text, &out);
  return out;
}

}  // namespace sluice
