// Rows: cells of a small answer by column and row, for the store's own questions. A null reads as 0, "" or
// nothing. Value; borrows nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/time.h"

namespace arrow {
class Array;
class Table;
}  // namespace arrow

namespace sluice {

class Rows {
 public:
  explicit Rows(std::shared_ptr<arrow::Table> table);

  int64_t size() const;
  bool IsNull(int column, int64_t row) const;
  int64_t Int(int column, int64_t row) const;
  std::optional<double> Number(int column, int64_t row) const;
  std::string Text(int column, int64_t row) const;  // also of a BLOB
  std::optional<Timestamp> Time(int column, int64_t row) const;

 private:
  const arrow::Array* Column(int column) const;

  std::shared_ptr<arrow::Table> table_;
};

}  // namespace sluice
