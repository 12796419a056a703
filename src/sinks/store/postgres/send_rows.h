// RowSender: record batches to COPY … FROM STDIN, in pieces that fit into a cache. The first statement of the
// transaction carries its BEGIN. One thread. Failures: those of the connection; retry when the table did not
// take every row.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sinks/store/postgres/connection.h"

namespace arrow {
class RecordBatch;
}

namespace sluice::pg {

class RowSender {
 public:
  explicit RowSender(Connection& connection) : connection_(connection) {}

  Status Send(const std::string& copy, const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches);
  // "BEGIN; " for the first statement of the transaction, "" for the others.
  std::string Begin() { return std::exchange(begun_, true) ? "" : "BEGIN; "; }

 private:
  Connection& connection_;
  bool begun_ = false;
};

}  // namespace sluice::pg
