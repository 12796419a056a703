#include "api/render.h"

#include <limits>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codecs/json_rows.h"
#include "core/time.h"

namespace sluice::api {
namespace {

template <class Builder, class... Values>
std::shared_ptr<arrow::Array> ArrayOf(Builder&& builder, Values... values) {
  EXPECT_TRUE((builder.Append(values).ok() && ...));
  return *builder.Finish();
}

std::string Cell(const std::shared_ptr<arrow::Array>& array, int64_t row = 0, bool is_json = false) {
  std::string out;
  AppendJsonCell(*array, row, is_json, out);
  return out;
}

arrow::MemoryPool* Pool() { return arrow::default_memory_pool(); }

std::string Timestamps(arrow::TimeUnit::type unit, int64_t value) {
  return Cell(ArrayOf(arrow::TimestampBuilder(arrow::timestamp(unit), Pool()), value));
}

TEST(JsonCell, WholeNumbersHaveAllDigits) {
  EXPECT_EQ(Cell(ArrayOf(arrow::Int64Builder(), INT64_MIN)), "-9223372036854775808");
  EXPECT_EQ(Cell(ArrayOf(arrow::UInt64Builder(), UINT64_MAX)), "18446744073709551615");
  EXPECT_EQ(Cell(ArrayOf(arrow::Int8Builder(), int8_t{-7})), "-7");
  EXPECT_EQ(Cell(ArrayOf(arrow::UInt8Builder(), uint8_t{65})), "65");
  const arrow::Decimal128 huge("170141183460469231731687303715884105727");
  EXPECT_EQ(Cell(ArrayOf(arrow::Decimal128Builder(arrow::decimal128(38, 0)), huge)),
            "170141183460469231731687303715884105727");
  EXPECT_EQ(Cell(ArrayOf(arrow::Decimal128Builder(arrow::decimal128(10, 2)), arrow::Decimal128(-5))),
            "-0.05");
  EXPECT_EQ(Cell(ArrayOf(arrow::Decimal256Builder(arrow::decimal256(76, 0)),
                         arrow::Decimal256("99999999999999999999999999999999999999999999999999"))),
            "99999999999999999999999999999999999999999999999999");
}

TEST(JsonCell, DoublesAreShortestAndNonFiniteIsNull) {
  const auto number = [](double value) { return Cell(ArrayOf(arrow::DoubleBuilder(), value)); };
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(21), "21");
  EXPECT_EQ(number(1e300), "1e+300");
  EXPECT_EQ(number(5e-324), "5e-324");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(Cell(ArrayOf(arrow::FloatBuilder(), 0.1f)), "0.1");
  EXPECT_EQ(Cell(ArrayOf(arrow::HalfFloatBuilder(), uint16_t{0x3e00})), "1.5");
}

TEST(JsonCell, TimesAreRfc3339InUtcOfEveryUnit) {
  EXPECT_EQ(Timestamps(arrow::TimeUnit::SECOND, 0), R"("1970-01-01T00:00:00Z")");
  EXPECT_EQ(Timestamps(arrow::TimeUnit::MILLI, -1), R"("1969-12-31T23:59:59.999000Z")");
  EXPECT_EQ(Timestamps(arrow::TimeUnit::MICRO, 1'760'000'000'000'001), R"("2025-10-09T08:53:20.000001Z")");
  EXPECT_EQ(Timestamps(arrow::TimeUnit::NANO, -1), R"("1969-12-31T23:59:59.999999Z")");
  EXPECT_EQ(Timestamps(arrow::TimeUnit::MICRO, INT64_MAX), "null");  // infinity
  EXPECT_EQ(Timestamps(arrow::TimeUnit::SECOND, -INT64_MAX), "null");
}

TEST(JsonCell, TimesThatRfc3339CannotWriteAreNull) {
  const int64_t last = ToMicros(kMaxTime);
  const int64_t first = ToMicros(kMinTime);
  EXPECT_EQ(Timestamps(arrow::TimeUnit::MICRO, last), R"("9999-12-31T23:59:59.999999Z")");
  EXPECT_EQ(Timestamps(arrow::TimeUnit::MICRO, last + 1), "null");
  EXPECT_EQ(Timestamps(arrow::TimeUnit::SECOND, (last + 1) / 1'000'000), "null");
  EXPECT_EQ(Timestamps(arrow::TimeUnit::MICRO, first), R"("0001-01-01T00:00:00Z")");
  EXPECT_EQ(Timestamps(arrow::TimeUnit::MICRO, first - 1), "null");
  EXPECT_EQ(Cell(ArrayOf(arrow::Date32Builder(), 2'932'896)), R"("9999-12-31")");
  EXPECT_EQ(Cell(ArrayOf(arrow::Date32Builder(), 2'932'897)), "null");
  EXPECT_EQ(Cell(ArrayOf(arrow::Date32Builder(), -719'163)), "null");
}

TEST(JsonCell, DatesAndTimesOfDay) {
  EXPECT_EQ(Cell(ArrayOf(arrow::Date32Builder(), -1)), R"("1969-12-31")");
  EXPECT_EQ(Cell(ArrayOf(arrow::Date64Builder(), int64_t{86'400'000})), R"("1970-01-02")");
  EXPECT_EQ(Cell(ArrayOf(arrow::Time64Builder(arrow::time64(arrow::TimeUnit::MICRO), Pool()),
                         int64_t{3'661'000'001})),
            R"("01:01:01.000001")");
  EXPECT_EQ(Cell(ArrayOf(arrow::Time32Builder(arrow::time32(arrow::TimeUnit::SECOND), Pool()), 59)),
            R"("00:00:59")");
}

TEST(JsonCell, TextIsEscaped) {
  EXPECT_EQ(Cell(ArrayOf(arrow::StringBuilder(), "a\"b\\c\nd\te\x01 ü€")),
            "\"a\\\"b\\\\c\\nd\\te\\u0001 ü€\"");
  EXPECT_EQ(Cell(ArrayOf(arrow::StringBuilder(), "")), "\"\"");
  EXPECT_EQ(Cell(ArrayOf(arrow::LargeStringBuilder(), "x\n")), R"("x\n")");
  EXPECT_EQ(Cell(ArrayOf(arrow::BinaryBuilder(), "\xff\x00")), R"("/w==")");
}

TEST(JsonCell, JsonIsEmbeddedOnOneLine) {
  EXPECT_EQ(Cell(ArrayOf(arrow::StringBuilder(), "{\"a\":\r\n[1, \"\\n\"]}"), 0, true),
            "{\"a\":  [1, \"\\n\"]}");
}

TEST(JsonCell, NullsAreNullWhateverTheirType) {
  EXPECT_EQ(Cell(*arrow::MakeArrayOfNull(arrow::utf8(), 1)), "null");
  EXPECT_EQ(Cell(*arrow::MakeArrayOfNull(arrow::null(), 1)), "null");
  EXPECT_EQ(Cell(*arrow::MakeArrayOfNull(arrow::list(arrow::int32()), 1)), "null");
  EXPECT_EQ(Cell(*arrow::MakeArrayOfNull(arrow::dictionary(arrow::int8(), arrow::utf8()), 1)), "null");
}

TEST(JsonCell, DictionariesAreTheirValues) {
  arrow::StringDictionaryBuilder builder;
  const auto array = ArrayOf(builder, "on", "off", "on");
  EXPECT_EQ(Cell(array, 2), R"("on")");
}

TEST(JsonCell, NestedValuesAreJson) {
  const auto list = arrow::ListArray::FromArrays(*ArrayOf(arrow::Int32Builder(), 0, 2, 3),
                                                 *ArrayOf(arrow::Int32Builder(), 1, 2, 3));
  EXPECT_EQ(Cell(*list, 0), "[1,2]");
  EXPECT_EQ(Cell(*list, 1), "[3]");
  const auto record = arrow::StructArray::Make({ArrayOf(arrow::StringBuilder(), "x"), *list},
                                               std::vector<std::string>{"a", "b"});
  EXPECT_FALSE(record.ok());  // lengths differ
  const auto pair =
      arrow::StructArray::Make({ArrayOf(arrow::StringBuilder(), "x"), ArrayOf(arrow::BooleanBuilder(), true)},
                               std::vector<std::string>{"a", "b"});
  EXPECT_EQ(Cell(*pair), R"({"a":"x","b":true})");
  const auto map = arrow::MapArray::FromArrays(ArrayOf(arrow::Int32Builder(), 0, 2),
                                               ArrayOf(arrow::StringBuilder(), "k", "l"),
                                               ArrayOf(arrow::Int32Builder(), 1, 2));
  EXPECT_EQ(Cell(*map), R"({"k":1,"l":2})");
}

std::shared_ptr<arrow::Table> Mixed() {
  arrow::StringBuilder texts;
  EXPECT_TRUE(texts.Append("=1+1").ok() && texts.Append("say \"a, b\"").ok() && texts.Append("").ok() &&
              texts.AppendNull().ok());
  arrow::Int64Builder numbers;
  EXPECT_TRUE(numbers.Append(1).ok() && numbers.AppendNull().ok() && numbers.Append(3).ok() &&
              numbers.Append(4).ok());
  return arrow::Table::Make(
      arrow::schema({arrow::field("te,xt", arrow::utf8()), arrow::field("n", arrow::int64())}),
      {*texts.Finish(), *numbers.Finish()});
}

std::string Body(const arrow::Table& table, Format format) { return Render(table, format, {})->body; }

TEST(Render, JsonIsAnArrayOfObjects) {
  EXPECT_EQ(Body(*Mixed()->Slice(0, 2), Format::json),
            R"([{"te,xt":"=1+1","n":1},{"te,xt":"say \"a, b\"","n":null}])");
}

TEST(Render, NdjsonIsAnObjectALine) {
  EXPECT_EQ(Body(*Mixed()->Slice(2, 2), Format::ndjson),
            "{\"te,xt\":\"\",\"n\":3}\n{\"te,xt\":null,\"n\":4}\n");
}

TEST(Render, CsvTellsNullFromEmptyAndLeavesFormulasAlone) {
  EXPECT_EQ(Body(*Mixed(), Format::csv),
            "\"te,xt\",n\r\n=1+1,1\r\n\"say \"\"a, b\"\"\",\r\n\"\",3\r\n,4\r\n");
}

TEST(Render, TimesThatCsvCannotWriteAreEmptyCells) {
  const auto times = ArrayOf(arrow::TimestampBuilder(arrow::timestamp(arrow::TimeUnit::MICRO), Pool()),
                             ToMicros(kMaxTime) + 1, int64_t{0});
  const auto schema = arrow::schema({arrow::field("t", times->type()), arrow::field("u", times->type())});
  EXPECT_EQ(Body(*arrow::Table::Make(schema, {times, times}), Format::csv),
            "t,u\r\n,\r\n1970-01-01T00:00:00Z,1970-01-01T00:00:00Z\r\n");
}

TEST(Render, ATextThatBecomesTooLongIsRefused) {
  const auto answer = Render(*Mixed(), Format::ndjson, {}, 10);
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.status().message(), testing::HasSubstr("longer than 10B in this format"));
}

TEST(Render, ArrowIsAStreamThatReadsBackTheSame) {
  const auto table = Mixed();
  const std::string body = Body(*table, Format::arrow);
  auto reader = arrow::ipc::RecordBatchStreamReader::Open(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(body)));
  EXPECT_TRUE((*(*reader)->ToTable())->Equals(*table));
}

TEST(Render, ChunksMakeNoDifference) {
  const auto table = *arrow::ConcatenateTables({Mixed()->Slice(0, 1), Mixed()->Slice(1, 3)});
  EXPECT_EQ(Body(*table, Format::json), Body(*Mixed(), Format::json));
}

TEST(Negotiate, TakesTheBestOfWhatTheClientAccepts) {
  EXPECT_EQ(Negotiate(""), Format::json);
  EXPECT_EQ(Negotiate("*/*"), Format::json);
  EXPECT_EQ(Negotiate("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Format::json);
  EXPECT_EQ(Negotiate("text/csv"), Format::csv);
  EXPECT_EQ(Negotiate("text/*"), Format::csv);
  EXPECT_EQ(Negotiate("Application/X-NDJSON; charset=utf-8"), Format::ndjson);
  EXPECT_EQ(Negotiate("application/vnd.apache.arrow.stream, */*;q=0.1"), Format::arrow);
  EXPECT_EQ(Negotiate("application/json;q=0.5, text/csv;q=0.6"), Format::csv);
  EXPECT_EQ(Negotiate("application/json;q=0, */*"), Format::ndjson);
  EXPECT_EQ(Negotiate("text/csv, */*"), Format::csv);
}

TEST(Negotiate, RefusesWhatWeDoNotWrite) {
  EXPECT_EQ(Negotiate("application/xml"), std::nullopt);
  EXPECT_EQ(Negotiate("text/csv;q=0"), std::nullopt);
  const http::Response response = NotAcceptable();
  EXPECT_EQ(response.status, 406);
  EXPECT_THAT(response.body, testing::HasSubstr("application/vnd.apache.arrow.stream"));
}

}  // namespace
}  // namespace sluice::api
