#include "sinks/store/postgres/array_text.h"

#include <cmath>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "core/schema.h"

namespace sluice::pg {
namespace {

template <class Builder, class Value>
std::string TextOf(const std::vector<std::optional<Value>>& values,
                   const std::shared_ptr<arrow::DataType>& type) {
  Builder builder(type, arrow::default_memory_pool());
  for (const auto& value : values) (void)(value ? builder.Append(*value) : builder.AppendNull());
  return ArrayText(arrow::ChunkedArray(*builder.Finish()));
}

TEST(ArrayText, QuotesTextsTwice) {
  EXPECT_EQ((TextOf<arrow::StringBuilder, std::string>({"a", "it's", "x\"y\\", "", "NULL", std::nullopt},
                                                       arrow::utf8())),
            R"('{"a","it''s","x\"y\\","","NULL",NULL}')");
}

TEST(ArrayText, WritesDoublesWithAllTheyHold) {
  EXPECT_EQ((TextOf<arrow::DoubleBuilder, double>({0.1, 1e308, INFINITY, -INFINITY, NAN}, arrow::float64())),
            "'{0.1,1e+308,Infinity,-Infinity,NaN}'");
}

TEST(ArrayText, WritesTimesBeyondTheYearsThatReadingsBear) {
  const auto type = ArrowType(FieldType::timestamp);
  EXPECT_EQ(
      (TextOf<arrow::TimestampBuilder, int64_t>({1, ToMicros(kMinTime) - 1, ToMicros(kMaxTime) + 1}, type)),
      R"('{"1970-01-01 00:00:00.000001+00","0001-12-31 23:59:59.999999+00 BC","10000-01-01 00:00:00.000000+00"}')");
}

}  // namespace
}  // namespace sluice::pg
