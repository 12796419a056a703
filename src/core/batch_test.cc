#include "core/batch.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

std::shared_ptr<arrow::RecordBatch> Numbered(int64_t rows) {
  arrow::StringBuilder names;
  arrow::DoubleBuilder values;
  for (int64_t i = 0; i < rows; ++i) {
    EXPECT_TRUE(names.Append("sensor-1").ok() && values.Append(1.5).ok());
  }
  const auto schema = arrow::schema({arrow::field("a", arrow::utf8()), arrow::field("b", arrow::float64())});
  return arrow::RecordBatch::Make(schema, rows, {*names.Finish(), *values.Finish()});
}

TEST(BatchByteSize, IsThatOfTheRowsWhateverTheirBuffersHold) {
  const auto all = Numbered(1'000);
  EXPECT_EQ((Batch{.rows = all, .dead = {}}.ByteSize()), 1'000 * (8 + 8) + 1'001 * 4);
  EXPECT_EQ((Batch{.rows = all->Slice(500, 10), .dead = {}}.ByteSize()), 10 * (8 + 8) + 11 * 4);
  EXPECT_EQ((Batch{.rows = all->Slice(0, 0), .dead = {}}.ByteSize()), 0);
}

}  // namespace
}  // namespace sluice
