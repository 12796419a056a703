#include "app/console/csv_table.h"

#include <algorithm>

#include "codecs/csv_record.h"

namespace sluice {
namespace {

using Row = std::vector<std::string>;

bool LooksNumeric(const std::string& cell) {
  return !cell.empty() && cell.find_first_of("0123456789") != std::string::npos &&
         cell.find_first_not_of("0123456789+-.eE") == std::string::npos && cell.find('-', 1) != 4;
}

bool IsNumeric(const std::vector<Row>& rows, size_t column) {
  bool some = false;
  for (size_t i = 1; i < rows.size(); ++i) {
    const std::string& cell = rows[i][column];
    if (!cell.empty() && !LooksNumeric(cell)) return false;
    some |= !cell.empty();
  }
  return some;
}

Result<std::vector<Row>> Rows(std::string_view csv) {
  std::vector<Row> rows;
  CsvRecord record;
  while (!csv.empty()) {
    if (record.Read(csv, true) != CsvRecord::whole) return Status::Reject("the answer is no CSV");
    Row& row = rows.emplace_back();
    for (const CsvCell& cell : record.cells()) row.emplace_back(cell.text);
    if (row.size() != rows.front().size())
      return Status::Reject("the answer's lines of CSV differ in length");
    csv.remove_prefix(record.length());
  }
  if (rows.empty()) return Status::Reject("the answer is empty");
  return rows;
}

}  // namespace

Result<TextTable> TableOfCsv(std::string_view csv) {
  SLUICE_ASSIGN(std::vector<Row> rows, Rows(csv));
  std::vector<TextTable::Column> columns;
  for (size_t i = 0; i < rows.front().size(); ++i) columns.push_back({rows.front()[i], IsNumeric(rows, i)});
  TextTable table(std::move(columns));
  for (size_t i = 1; i < rows.size(); ++i) table.Add(std::move(rows[i]));
  return table;
}

}  // namespace sluice
