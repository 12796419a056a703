#include "sinks/store/postgres/refused.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/postgres/commit_sql.h"
#include "sinks/store/postgres/send_rows.h"

namespace sluice::pg {
namespace {

constexpr size_t kMostRefused = 100;

}  // namespace

bool RefusedRows::Full() const { return found_.size() > kMostRefused; }

void RefusedRows::Add(const arrow::RecordBatch& rows, int64_t row) {
  const auto positions = rows.GetColumnByName(std::string(kPosition));
  found_.push_back({.refusal = {seat_, static_cast<const arrow::Int64Array&>(*positions).Value(row)},
                    .copy = copy_,
                    .row = rows.Slice(row, 1)});
}

Status RefusedRows::Try(const arrow::RecordBatch& rows, int64_t from, int64_t count,
                        std::optional<int64_t>* row) {
  Rollback trial(connection_);
  RowSender sender(connection_);
  const Status status = sender.Send(copy_, {rows.Slice(from, count)});
  if (status.code() == Code::reject && row != nullptr) *row = RowOf(connection_.failure());
  return status;
}

Status RefusedRows::FindIn(const StreamSpec& stream, const Span& span) {
  const arrow::RecordBatch& rows = *span.rows;
  copy_ = CopyRowsSql(stream);
  seat_ = span.seat;
  for (int64_t from = 0; from < rows.num_rows() && !Full();) {
    const int64_t left = rows.num_rows() - from;
    std::optional<int64_t> row;
    const Status all = Try(rows, from, left, &row);
    if (all.code() != Code::reject) return all;
    if (!row || *row >= left) return Halve(rows, from, left);
    const Status alone = Try(rows, from + *row, 1, nullptr);
    if (alone.ok()) return Halve(rows, from, left);
    if (alone.code() != Code::reject) return alone;
    Add(rows, from + *row);
    from += *row + 1;
  }
  return {};
}

Status RefusedRows::Halve(const arrow::RecordBatch& rows, int64_t from, int64_t count) {
  if (Full() || count == 0) return {};
  const Status status = Try(rows, from, count, nullptr);
  if (status.code() != Code::reject) return status;
  if (count == 1) {
    Add(rows, from);
    return {};
  }
  SLUICE_TRY(Halve(rows, from, count / 2));
  return Halve(rows, from + count / 2, count - count / 2);
}

Status RefusedRows::TryFoundAgain() {
  for (const Found& one : found_) {
    copy_ = one.copy;
    const Status again = Try(*one.row, 0, 1, nullptr);
    if (again.ok()) return Status::Retry("a row that was refused is taken by now");
    if (again.code() != Code::reject) return again;
  }
  return {};
}

Status RefusedRows::Conclude(const Status& first) {
  Status why;
  if (found_.empty()) why = Status::Retry("no single row is at fault");
  if (Full()) why = Status::Retry("more than 100 rows are refused");
  if (why.ok()) why = TryFoundAgain();
  if (why.ok()) return first;
  found_.clear();
  return {why.code(), fmt::format("{}: {}", why.message(), first.message())};
}

std::vector<Refusal> RefusedRows::Take() {
  std::vector<Refusal> refused;
  for (const Found& one : found_) refused.push_back(one.refusal);
  found_.clear();
  return refused;
}

}  // namespace sluice::pg
