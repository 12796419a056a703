// JSON of Arrow cells and rows: how a value of the store or the log is written for a reader.
// Numbers of any width with all their digits, doubles in the shortest form that reads back the same,
// non-finite null; timestamps RFC 3339 with Z, six digits when there is a fraction; infinite ones, and
// timestamps and dates outside the years 1 to 9999, which RFC 3339 has no text for, null; binary as base64;
// json values as themselves, with their line breaks turned into blanks so that a row stays one line. Lists
// are arrays, structs and maps with text keys are objects, other maps arrays of pairs. Pure functions;
// thread-safe; nothing fails.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "core/json_text.h"
#include "core/schema.h"

namespace sluice {

// The number, or null when it is not finite.
void AppendJsonNumber(double value, std::string& out);

// What a cell's text means to JSON and CSV alike.
enum class CellKind {
  null,
  bare,  // a number or bool: stands as it is
  text,  // needs quotes
  json,  // a JSON value
};
// Appends the cell's content without quotes or escapes. `is_json`: text that holds a JSON value.
CellKind AppendCell(const arrow::Array& array, int64_t row, bool is_json, std::string& out);
void AppendJsonCell(const arrow::Array& array, int64_t row, bool is_json, std::string& out);

// Columns of the stream whose text is JSON.
std::set<std::string> JsonColumns(const StreamSpec& stream);

// Writes rows of one schema. Columns are json when the set or their Arrow extension type says so.
class JsonRowWriter {
 public:
  JsonRowWriter(const arrow::Schema& schema, const std::set<std::string>& json_columns);
  void AppendObject(const arrow::RecordBatch& batch, int64_t row, std::string& out) const;
  void AppendArray(const arrow::RecordBatch& batch, int64_t row, std::string& out) const;
  bool IsJson(int column) const { return is_json_[static_cast<size_t>(column)]; }

 private:
  std::vector<std::string> prefixes_;  // `{"name":` and `,"name":`
  std::vector<bool> is_json_;
};

}  // namespace sluice
