// RefusedRows: finds the rows that PostgreSQL refuses (rule D5). Every trial is a COPY that is rolled back.
// It names the line it failed at, and what stood before passed, so that one pass over the rows finds them
// all; a line is believed only when its row alone is refused too, otherwise halves are tried. What made it
// refuse may be taken away meanwhile: at the end each row found is tried again. One thread.
#pragma once

#include <vector>

#include "core/schema.h"
#include "engine/sink.h"
#include "sinks/store/postgres/connection.h"

namespace sluice::pg {

class RefusedRows {
 public:
  explicit RefusedRows(Connection& connection) : connection_(connection) {}

  Status FindIn(const StreamSpec& stream, const Span& span);
  // After the search: `first` when the rows found explain it; a retry when none was found, so many that
  // something else must be wrong, or one that is taken by now.
  Status Conclude(const Status& first);
  // The rows found; none unless Conclude said `reject`.
  std::vector<Refusal> Take();

 private:
  struct Found {
    Refusal refusal;
    std::string copy;  // the statement that it was refused by
    std::shared_ptr<arrow::RecordBatch> row;
  };

  // ok, or reject with the row at fault, counted from `from`, when it is known.
  Status Try(const arrow::RecordBatch& rows, int64_t from, int64_t count, std::optional<int64_t>* row);
  Status Halve(const arrow::RecordBatch& rows, int64_t from, int64_t count);
  void Add(const arrow::RecordBatch& rows, int64_t row);
  bool Full() const;
  Status TryFoundAgain();

  Connection& connection_;
  std::string copy_;
  Seat seat_;
  std::vector<Found> found_;
};

}  // namespace sluice::pg
