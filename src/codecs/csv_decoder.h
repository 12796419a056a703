// CsvDecoder: a header line, then one reading a record, RFC 4180. A record with the wrong number of cells, or
// with a quote where none may stand, is a dead letter of its first line, and decoding goes on behind that
// line: a stray quote costs one line. A dead letter holds the header line and its own. See codec.h for the
// promise; rejects a header that lacks a column of a required field or names one twice.
#pragma once

#include <string>
#include <vector>

#include "codecs/csv_record.h"
#include "codecs/text_decoder.h"

namespace sluice {

class CsvDecoder : public TextDecoder {
 public:
  using TextDecoder::TextDecoder;

  Result<size_t> Decode(std::string_view input, bool final, BatchBuilder& out) override;
  std::string State() const override;
  Status Restore(std::string_view state) override;

 private:
  struct HeaderColumn {
    std::string name;
    std::vector<int> fields;
    bool unknown = false;
  };

  // Takes the record, or the bad line, or the blank line at the start of `input`; 0 asks for more.
  Result<size_t> Step(std::string_view input, bool final, BatchBuilder& out);
  size_t Finish(std::string_view record, BatchBuilder& out);
  // A dead letter of the first line of `input`.
  size_t DropLine(std::string_view input, std::string reason, bool final, BatchBuilder& out);
  // The smallest CSV that holds the record: what its dead letter keeps, so that it can be read again.
  std::string WithHeader(std::string_view record) const;

  Status SetHeader(std::string_view text);
  Status CheckHeader() const;
  HeaderColumn Resolve(const CsvCell& cell);
  // nullptr, or why the cells are no reading.
  const char* ReadCells(BatchBuilder& out);
  const char* ReadUnknown(const HeaderColumn& column, const CsvCell& cell);

  CsvRecord record_;
  std::vector<HeaderColumn> header_;
  std::string header_text_;  // as it stood in the input; empty before it was read
  Status failure_;           // of the header
  int64_t line_ = 1;         // of the next byte
  bool started_ = false;
  std::string extra_;
  std::string reason_;
};

}  // namespace sluice
