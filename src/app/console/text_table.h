// TextTable: rows in columns for a person at a terminal. Cells are escaped (terminal_text.h); numbers stand
// to the right. Built and printed by one command; one thread.
#pragma once

#include <string>
#include <vector>

namespace sluice {

class TextTable {
 public:
  struct Column {
    std::string name;
    bool right = false;  // numbers
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Cells that are missing are empty; those too many are left out.
  void Add(std::vector<std::string> cells);
  size_t rows() const { return rows_.size(); }

  // A line of names, one of dashes and one for each row. Cells wider than `max_cell` columns are cut.
  std::string Text(size_t max_cell = 60) const;

 private:
  const std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sluice
