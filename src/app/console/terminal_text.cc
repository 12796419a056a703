#include "app/console/terminal_text.h"

#include <cstdint>
#include <iterator>

#include <fmt/format.h>

#include "core/utf8.h"

namespace sluice {
namespace {

// One character of a text, or one byte that belongs to none.
struct Piece {
  std::string_view bytes;
  uint32_t code = 0;
  bool valid = false;
};

Piece FirstPiece(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const std::string_view bytes = text.substr(0, length);
  if (bytes.size() < length || !IsUtf8(bytes)) return {text.substr(0, 1), lead, false};
  uint32_t code = length == 1 ? lead : lead & (0x7fU >> length);
  for (const char c : bytes.substr(1)) code = (code << 6) | (static_cast<unsigned char>(c) & 0x3fU);
  return {bytes, code, true};
}

struct Range {
  uint32_t first;
  uint32_t last;
};

template <size_t n>
bool In(const Range (&ranges)[n], uint32_t code) {
  for (const Range& range : ranges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

// C0, DEL, C1; marks and overrides of direction; separators of lines and paragraphs; byte order mark.
constexpr Range kUnprintable[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x061c, 0x061c},
                                  {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
                                  {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
constexpr Range kNoWidth[] = {
    {0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
constexpr Range kWide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0xa4cf}, {0xac00, 0xd7a3},
                           {0xf900, 0xfaff},   {0xfe30, 0xfe6f},  {0xff00, 0xff60}, {0xffe0, 0xffe6},
                           {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};

void AppendEscape(const Piece& piece, std::string& out) {
  if (piece.code == '\n') {
    out += "\\n";
  } else if (piece.code == '\t') {
    out += "\\t";
  } else if (piece.code == '\r') {
    out += "\\r";
  } else if (!piece.valid || piece.code < 0x80) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", piece.code);
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", piece.code);
  }
}

size_t WidthOf(const Piece& piece) {
  if (In(kNoWidth, piece.code)) return 0;
  return In(kWide, piece.code) ? 2 : 1;
}

}  // namespace

std::string TerminalText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Piece piece = FirstPiece(text);
    if (piece.valid && !In(kUnprintable, piece.code)) {
      out += piece.bytes;
    } else {
      AppendEscape(piece, out);
    }
    text.remove_prefix(piece.bytes.size());
  }
  return out;
}

std::string TerminalLines(std::string_view text) {
  std::string out;
  for (;;) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (!line.empty()) out += (out.empty() ? "" : "\n  ") + TerminalText(line);
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Piece piece = FirstPiece(text);
    width += WidthOf(piece);
    text.remove_prefix(piece.bytes.size());
  }
  return width;
}

std::string CutToWidth(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string out;
  size_t used = 1;  // of the sign at the end
  while (!text.empty()) {
    const Piece piece = FirstPiece(text);
    used += WidthOf(piece);
    if (used > width) break;
    out += piece.bytes;
    text.remove_prefix(piece.bytes.size());
  }
  return out + "…";
}

}  // namespace sluice
