#include "sinks/store/postgres/refused.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/postgres/commit_sql.h"
#include "sinks/store/postgres/send_rows.h"

namespace sluice::pg {
namespace {

constexpr size_t kMostRefused = 100;

}  // namespace

bool RefusedRows::Full() const { return refused_.size() > kMostRefused; }

void RefusedRows::Add(const arrow::RecordBatch& rows, int64_t row) {
  const auto positions = rows.GetColumnByName(std::string(kPosition));
  refused_.push_back({seat_, static_cast<const arrow::Int64Array&>(*positions).Value(row)});
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

Status RefusedRows::Conclude(const Status& first) {
  if (!refused_.empty() && !Full()) return first;
  const char* why = refused_.empty() ? "no single row is at fault" : "more than 100 rows are refused";
  refused_.clear();
  return Status::Retry(fmt::format("{}: {}", why, first.message()));
}

}  // namespace sluice::pg
