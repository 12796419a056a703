// TerminalText: data as a person may see it on a terminal. Readings come from strangers: control characters,
// among them the escape sequences that move cursors and forge lines, characters that turn the direction of
// writing, and bytes that are no UTF-8 are shown as \n, \t, \xNN or \u{NNNN}, and a backslash stays one. Used
// by every command that prints a table for people; machines get JSON or CSV as it is. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

std::string TerminalText(std::string_view text);
// The same for a message that may have several lines: they stay lines, those behind the first two blanks in,
// so that none of them can pass for a message of its own.
std::string TerminalLines(std::string_view text);

// Columns that a terminal needs for a text of TerminalText: one a character, two for those of East Asia and
// emoji, none for combining marks.
size_t DisplayWidth(std::string_view text);

// At most `width` columns; what was longer ends in "…".
std::string CutToWidth(std::string_view text, size_t width);

}  // namespace sluice
