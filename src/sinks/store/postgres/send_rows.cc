#include "sinks/store/postgres/send_rows.h"

#include <algorithm>

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/postgres/binary_copy.h"

namespace sluice::pg {
namespace {

constexpr int64_t kRowsAtOnce = 1'024;
constexpr size_t kBytesAtOnce = 64 << 10;

}  // namespace

Status RowSender::Send(const std::string& copy,
                       const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  SLUICE_TRY(connection_.BeginCopy(Begin() + copy));
  BinaryCopy encoder;
  int64_t sent = 0;
  for (const auto& rows : batches) {
    sent += rows->num_rows();
    for (int64_t from = 0; from < rows->num_rows(); from += kRowsAtOnce) {
      SLUICE_TRY(encoder.Add(*rows, from, std::min(kRowsAtOnce, rows->num_rows() - from)));
      if (encoder.bytes().size() < kBytesAtOnce) continue;
      SLUICE_TRY(connection_.PutCopy(encoder.bytes()));
      encoder.bytes().clear();
    }
  }
  encoder.AddTrailer();
  SLUICE_TRY(connection_.PutCopy(encoder.bytes()));
  int64_t taken = 0;
  SLUICE_TRY(connection_.EndCopy(&taken));
  if (taken == sent) return {};
  return Status::Retry(fmt::format(
      "PostgreSQL took {} of {} rows and says nothing of the others: is there a trigger on the table?", taken,
      sent));
}

}  // namespace sluice::pg
