#include "app/console/text_table.h"

#include <algorithm>

#include "app/console/terminal_text.h"

namespace sluice {
namespace {

std::string Padded(const std::string& cell, size_t width, bool right) {
  const std::string blanks(width - std::min(width, DisplayWidth(cell)), ' ');
  return right ? blanks + cell : cell + blanks;
}

void AppendLine(const std::string& line, std::string& out) {
  out.append(line, 0, line.find_last_not_of(' ') + 1);
  out += '\n';
}

}  // namespace

void TextTable::Add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::Text(size_t max_cell) const {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns_) lines[0].push_back(CutToWidth(TerminalText(column.name), max_cell));
  for (const auto& row : rows_) {
    auto& line = lines.emplace_back();
    for (const std::string& cell : row) line.push_back(CutToWidth(TerminalText(cell), max_cell));
  }
  std::vector<size_t> widths(columns_.size(), 0);
  for (const auto& line : lines) {
    for (size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    std::string dashes;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (i > 0) text += "  ", dashes += "  ";
      text += Padded(line[i], widths[i], columns_[i].right);
      dashes.append(widths[i], '-');
    }
    AppendLine(text, out);
    if (&line == &lines[0]) AppendLine(dashes, out);
  }
  return out;
}

}  // namespace sluice
