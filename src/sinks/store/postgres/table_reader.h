// TableReader: rows of a PostgreSQL answer in its text form, as an Arrow table. Every type has a column:
// those without an Arrow counterpart stay the text that PostgreSQL writes; NUMERIC keeps all digits as long
// as 76 hold them. One thread. Cannot fail: the server's own text is trusted, what it has no value for is
// null.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

#include "core/time.h"

namespace arrow {
class RecordBatch;
class Schema;
class Table;
}  // namespace arrow

namespace sluice::pg {

// A column on its way.
class ColumnReader {
 public:
  virtual ~ColumnReader() = default;
  virtual void AddNull() = 0;
  virtual void Add(std::string_view text) = 0;
  virtual std::shared_ptr<arrow::Array> Finish() = 0;
};

class TableReader {
 public:
  explicit TableReader(const PGresult& columns);
  void Add(const PGresult& rows, int row);
  int64_t rows() const { return rows_; }
  int64_t bytes() const { return bytes_; }  // of text, so far
  std::shared_ptr<arrow::Table> Finish();

 private:
  std::vector<std::shared_ptr<arrow::Field>> fields_;
  std::vector<std::unique_ptr<ColumnReader>> columns_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

// An answer as the batch of a stream's rows.
Result<std::shared_ptr<arrow::RecordBatch>> AsBatch(const arrow::Table& table,
                                                    const std::shared_ptr<arrow::Schema>& schema);

// `2025-10-09 12:00:00.5+00`, also of years behind 9999 and before Christ; nothing for infinity. A time
// without zone is taken as it stands.
std::optional<int64_t> ParseMicros(std::string_view text);

}  // namespace sluice::pg
