#include "codecs/parquet_reader.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <gmock/gmock.h>
#include <parquet/arrow/writer.h>

#include "testing/bytes_file.h"
#include "testing/decoding.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

template <class Builder, class Value>
std::shared_ptr<arrow::Array> Column(std::shared_ptr<arrow::DataType> type, std::vector<Value> values) {
  Builder builder(std::move(type), arrow::default_memory_pool());
  for (const Value& value : values) EXPECT_TRUE(builder.Append(value).ok());
  return *builder.Finish();
}
std::shared_ptr<arrow::Array> Texts(std::vector<std::string> values) {
  return Column<arrow::StringBuilder>(arrow::utf8(), std::move(values));
}
std::shared_ptr<arrow::Array> Times(arrow::TimeUnit::type unit, const std::string& zone,
                                    std::vector<int64_t> values) {
  return Column<arrow::TimestampBuilder>(arrow::timestamp(unit, zone), std::move(values));
}
std::shared_ptr<arrow::Array> Doubles(std::vector<double> values) {
  return Column<arrow::DoubleBuilder>(arrow::float64(), std::move(values));
}

using Columns = std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>;

std::string FileOf(const Columns& columns, int64_t group_rows = 3) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  auto sink = *arrow::io::BufferOutputStream::Create();
  const auto keep = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  const auto version =
      parquet::WriterProperties::Builder().version(parquet::ParquetVersion::PARQUET_2_6)->build();
  EXPECT_TRUE(
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, group_rows, version, keep).ok());
  return (*sink->Finish())->ToString();
}

constexpr int64_t kNoon = 1760529600;

class ParquetTest : public testing::Test {
 protected:
  Columns Good() {
    return {{"sensor_id", Texts({"a", "b"})},
            {"timestamp", Times(arrow::TimeUnit::SECOND, "UTC", {kNoon, kNoon + 1})}};
  }
  Result<std::unique_ptr<ParquetReader>> Open(std::string bytes) {
    return ParquetReader::Open(std::make_unique<BytesFile>(std::move(bytes)), stream_, spec_);
  }
  std::string Refusal(const Columns& columns) {
    const auto reader = Open(FileOf(columns));
    return reader.ok() ? "" : reader.status().message();
  }
  std::vector<std::string> Entries(const Columns& columns, int64_t from = 0, int64_t max_entries = 2) {
    auto reader = Open(FileOf(columns));
    EXPECT_TRUE(reader.ok()) << reader.status().message();
    EXPECT_TRUE((*reader)->Seek(from).ok());
    std::vector<std::string> entries;
    while ((*reader)->NextRow() < (*reader)->Rows()) {
      const auto batch = (*reader)->Next(max_entries);
      EXPECT_TRUE(batch.ok());
      EXPECT_LE(batch->Count(), max_entries);
      AppendEntries(*batch, &entries);
    }
    return entries;
  }
  StreamSpec stream_ = WideStream();
  DecodeSpec spec_ = TestSpec();
};

const std::string kRowA = "a|2025-10-15 12:00:00.000000Z|null|null|null|null";

TEST_F(ParquetTest, RowsAreReadings) {
  Columns columns = Good();
  columns.push_back({"t", Doubles({1.5, 2.5})});
  EXPECT_THAT(Entries(columns), ElementsAre("a|2025-10-15 12:00:00.000000Z|1.5|null|null|null",
                                            "b|2025-10-15 12:00:01.000000Z|2.5|null|null|null"));
}
TEST_F(ParquetTest, EveryUnitOfTimeIsReadExactly) {
  Columns columns = Good();
  columns[1].second = Times(arrow::TimeUnit::NANO, "UTC", {kNoon * 1'000'000'000 + 1999, -1});
  EXPECT_THAT(Entries(columns),
              ElementsAre(HasSubstr("12:00:00.000001Z"), HasSubstr("1969-12-31 23:59:59.999999Z")));
  columns[1].second = Times(arrow::TimeUnit::MILLI, "", {kNoon * 1000 + 5, 0});
  spec_.time_zone = "Europe/Berlin";
  EXPECT_THAT(Entries(columns), ElementsAre(HasSubstr("10:00:00.005000Z"), HasSubstr("1969-12-31 23:00:00")));
  columns[1].second = Column<arrow::Date32Builder>(arrow::date32(), std::vector<int32_t>{0, 1});
  spec_.time_zone = "UTC";
  EXPECT_THAT(Entries(columns),
              ElementsAre(HasSubstr("1970-01-01 00:00:00"), HasSubstr("1970-01-02 00:00:00")));
}
TEST_F(ParquetTest, AValueThatDoesNotFitCostsItsRow) {
  Columns columns = Good();
  columns.push_back({"n", Doubles({21.5, 21.0})});
  EXPECT_THAT(Entries(columns),
              ElementsAre(HasSubstr("DEAD source.test row 1: field 'n': 21.5 is not a whole number"),
                          HasSubstr("b|2025-10-15 12:00:01.000000Z|null|21|")));
}
TEST_F(ParquetTest, ADeadRowIsKeptAsCsvThatReadsAlike) {
  const std::string text = "a,\"b\"\nc";
  Columns columns = {{"sensor_id", Texts({text, text})},
                     {"timestamp", Times(arrow::TimeUnit::MICRO, "", {kNoon * 1'000'000 + 7, 0})},
                     {"t", Doubles({0.1, NAN})},
                     {"j", Texts({"{\"a\": [1, null]}", "7"})}};
  spec_.time_zone = "Europe/Berlin";
  const auto entries = Entries(columns);
  const std::string dead =
      entries[1].substr(entries[1].find('<') + 1, entries[1].rfind('>') - entries[1].find('<') - 1);
  EXPECT_EQ(dead, "sensor_id,timestamp,t,j\n\"a,\"\"b\"\"\nc\",1970-01-01T00:00:00,nan,7");
  stream_.non_finite = NonFinite::null;
  EXPECT_EQ(Decode(CodecKind::csv, stream_, spec_, dead).entries[0], Entries(columns)[1]);
}
TEST_F(ParquetTest, ItGoesOnAtAnyRow) {
  std::vector<std::string> names;
  std::vector<int64_t> times;
  for (int i = 0; i < 10; ++i) {
    names.push_back(fmt::format("s{}", i));
    times.push_back(kNoon);
  }
  const Columns columns = {{"sensor_id", Texts(names)},
                           {"timestamp", Times(arrow::TimeUnit::SECOND, "UTC", times)}};
  const auto all = Entries(columns);
  ASSERT_THAT(all, SizeIs(10));
  for (int64_t from = 0; from <= 10; ++from) {
    EXPECT_EQ(Entries(columns, from, 1 + from % 4), std::vector<std::string>(all.begin() + from, all.end()));
  }
}
TEST_F(ParquetTest, OtherColumnsAreRefusedByName) {
  EXPECT_THAT(Refusal({{"x", Doubles({1})}}),
              HasSubstr("has no column 'sensor_id' for the required field 'sensor_id', only x: say"));
  Columns columns = Good();
  columns.push_back({"t", Texts({"1", "2"})});
  EXPECT_THAT(
      Refusal(columns),
      HasSubstr(
          "column 't' of the Parquet file is string, but field 't' (double) wants a column of numbers"));
}
TEST_F(ParquetTest, ANumberIsNoTimeWithoutAUnit) {
  Columns columns = Good();
  columns[1].second = Column<arrow::Int64Builder>(arrow::int64(), std::vector<int64_t>{kNoon, kNoon});
  EXPECT_THAT(Refusal(columns), HasSubstr("with a time_format such as unix_ms"));
  spec_.time_format = "unix_s";
  EXPECT_THAT(Entries(columns)[0], kRowA);
}
TEST_F(ParquetTest, ATornFileIsRefused) {
  const std::string whole = FileOf(Good());
  for (const size_t length : {size_t{0}, size_t{5}, whole.size() / 2, whole.size() - 1}) {
    const auto reader = Open(whole.substr(0, length));
    ASSERT_FALSE(reader.ok()) << length;
    EXPECT_THAT(reader.status().message(), HasSubstr("damaged or not whole"));
  }
}
TEST_F(ParquetTest, UnknownColumnsAreKeptOrRefused) {
  Columns columns = Good();
  columns.push_back({"x", Doubles({1.5, 2})});
  stream_.unknown = UnknownFields::keep;
  EXPECT_EQ(Entries(columns)[0], kRowA + "|{\"x\":1.5}");
  stream_.unknown = UnknownFields::reject;
  EXPECT_THAT(Refusal(columns), HasSubstr("column 'x' of the Parquet file is no field of stream 'readings'"));
}
TEST_F(ParquetTest, ColumnsAreMappedAlsoIntoStructsAndConstantsSet) {
  const auto inner =
      *arrow::StructArray::Make({Doubles({1.5}), Doubles({9})}, std::vector<std::string>{"temp", "rest"});
  spec_.map = {{"t", "v.temp"}, {"timestamp", "at"}};
  spec_.set = {{"sensor_id", "office"}};
  EXPECT_THAT(Entries({{"v", inner}, {"at", Times(arrow::TimeUnit::SECOND, "UTC", {kNoon})}}),
              ElementsAre("office|2025-10-15 12:00:00.000000Z|1.5|null|null|null"));
}

}  // namespace
}  // namespace sluice
