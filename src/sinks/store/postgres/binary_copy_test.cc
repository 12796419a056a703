#include "sinks/store/postgres/binary_copy.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "core/schema.h"

namespace sluice::pg {
namespace {

using namespace std::string_literals;

template <class Builder, class Value>
std::shared_ptr<arrow::Array> ArrayOf(std::vector<std::optional<Value>> values,
                                      std::shared_ptr<arrow::DataType> type) {
  Builder builder(type, arrow::default_memory_pool());
  for (const auto& value : values) (void)(value ? builder.Append(*value) : builder.AppendNull());
  return *builder.Finish();
}

const std::string kHead = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"s;

TEST(BinaryCopy, WritesTheBytesOfTheFormatsPage) {
  const auto rows = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8()),
                     arrow::field("c", arrow::boolean()), arrow::field("d", arrow::int32())}),
      2,
      {ArrayOf<arrow::Int64Builder, int64_t>({258, -1}, arrow::int64()),
       ArrayOf<arrow::StringBuilder, std::string>({"hé", std::nullopt}, arrow::utf8()),
       ArrayOf<arrow::BooleanBuilder, bool>({true, false}, arrow::boolean()),
       ArrayOf<arrow::Int32Builder, int32_t>({7, std::nullopt}, arrow::int32())});
  BinaryCopy copy;
  ASSERT_TRUE(copy.Add(*rows, 0, 2).ok());
  copy.AddTrailer();
  EXPECT_EQ(copy.bytes(),
            kHead +
                "\0\4\0\0\0\10\0\0\0\0\0\0\1\2\0\0\0\3h\303\251\0\0\0\1\1\0\0\0\4\0\0\0\7"s
                "\0\4\0\0\0\10\377\377\377\377\377\377\377\377\377\377\377\377\0\0\0\1\0\377\377\377\377"s
                "\377\377"s);
}

TEST(BinaryCopy, CountsTimeFromTheYear2000AndTakesSlices) {
  const auto all = arrow::RecordBatch::Make(
      arrow::schema(
          {arrow::field("t", ArrowType(FieldType::timestamp)), arrow::field("x", arrow::float64())}),
      2,
      {ArrayOf<arrow::TimestampBuilder, int64_t>({0, 946'684'800'000'001}, ArrowType(FieldType::timestamp)),
       ArrayOf<arrow::DoubleBuilder, double>({0, 1}, arrow::float64())});
  BinaryCopy copy;
  ASSERT_TRUE(copy.Add(*all->Slice(1), 0, 1).ok());
  EXPECT_EQ(copy.bytes(), kHead + "\0\2\0\0\0\10\0\0\0\0\0\0\0\1\0\0\0\10\77\360\0\0\0\0\0\0"s);
}

}  // namespace
}  // namespace sluice::pg
