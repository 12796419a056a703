// Arrow in and out of DuckDB without going through rows: record batches to an appender, results to tables.
// One thread per connection. Failures are DuckDB's, translated (database.h).
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include <duckdb.h>

#include "core/status.h"

namespace arrow {
class RecordBatch;
class Table;
}  // namespace arrow

namespace sluice {

class Connection;

// Appends the batch to a table of schema `main`, columns by name; those the batch lacks become null.
Status AppendRows(Connection& connection, const std::string& table, const arrow::RecordBatch& rows);

struct AnswerCaps {
  int64_t rows = std::numeric_limits<int64_t>::max();
  int64_t bytes = std::numeric_limits<int64_t>::max();
};
struct Answer {
  std::shared_ptr<arrow::Table> rows;
  bool truncated = false;  // a row is missing
  bool too_large = false;  // because of caps.bytes
};
// Reads a result (also a streaming one) up to the caps: text and lists are cut before they are copied, what
// these hold counts once it is, so such an answer may exceed caps.bytes by one chunk. Rejects an answer whose
// first row alone exceeds them. Extension types become what they are stored as.
Result<Answer> TakeTable(duckdb_result& result, AnswerCaps caps);

}  // namespace sluice
