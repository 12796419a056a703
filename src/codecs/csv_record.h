// CsvRecord: cuts one record of CSV into its cells by RFC 4180: cells between commas, quotes around a cell
// that holds commas, quotes or line ends, a doubled quote for a quote. Pure; the caller keeps the record for
// its reuse.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct CsvCell {
  std::string_view text;  // of the input, or of `unquoted` when it held doubled quotes
  bool quoted = false;    // an empty cell is null unless it was quoted
};

class CsvRecord {
 public:
  enum Result {
    whole,      // `length` bytes, the line end included
    more,       // no end of the record in `input` yet
    bad_quote,  // a quote stands where none may
  };

  // Reads the record at the start of `input`. `final`: the end of `input` ends the record too.
  Result Read(std::string_view input, bool final);

  const std::vector<CsvCell>& cells() const { return cells_; }
  size_t length() const { return length_; }
  bool one_line() const { return one_line_; }  // no line end inside quotes

 private:
  Result ReadQuoted(std::string_view input, bool final);
  // The cell whose opening quote is at `*at`; moves behind its closing one.
  Result ReadQuotedCell(std::string_view input, bool final, size_t* at);

  std::vector<CsvCell> cells_;
  std::deque<std::string> unquoted_;  // texts of cells with doubled quotes; reused
  size_t unquoted_used_ = 0;
  size_t length_ = 0;
  bool one_line_ = true;
};

}  // namespace sluice
