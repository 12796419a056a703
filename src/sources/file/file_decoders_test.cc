// The file source with the program's own decoders: what a header, a long line, a place to resume at and a
// Parquet file are to it.
#include <cmath>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>

#include "sources/file/file_fixture.h"

namespace sluice {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kHeader = "temperature,timestamp,sensor_id\n";

class FileDecodersTest : public FileSourceTest {
 protected:
  void SetUp() override { make_decoder_ = &MakeDecoder; }

  static std::string CsvRows(int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i)
      text += fmt::format("{},2025-10-15T12:{:02}:{:02}Z,a\n", i, i / 60 % 60, i % 60);
    return text;
  }
  static std::vector<double> Numbers(int from, int to) {
    std::vector<double> numbers;
    for (int i = from; i < to; ++i) numbers.push_back(i);
    return numbers;
  }
  static DecodeSpec Decoding(int64_t max_reading = 8 << 20) {
    return {.source = "source.ambient", .max_reading = max_reading};
  }

  // Readings a second apart whose temperatures are these, in row groups of 100; without some of the columns.
  std::string WriteParquet(const std::string& name, const std::vector<double>& temperatures,
                           const std::string& without = "") {
    arrow::StringBuilder sensors;
    arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                                  arrow::default_memory_pool());
    arrow::DoubleBuilder values;
    for (const double value : temperatures) {
      EXPECT_TRUE(sensors.Append("a").ok() && values.Append(value).ok());
      const int64_t at = std::abs(value) < 1e6 ? static_cast<int64_t>(value) : 0;
      EXPECT_TRUE(times.Append(1'760'000'000'000'000 + at * 1'000'000).ok());
    }
    auto table = arrow::Table::Make(
        arrow::schema({arrow::field("sensor_id", arrow::utf8()), arrow::field("timestamp", times.type()),
                       arrow::field("temperature", arrow::float64())}),
        arrow::ArrayVector{*sensors.Finish(), *times.Finish(), *values.Finish()});
    if (!without.empty()) table = *table->RemoveColumn(table->schema()->GetFieldIndex(without));
    auto sink = *arrow::io::FileOutputStream::Open(dir_ / name);
    EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, 100).ok());
    EXPECT_TRUE(sink->Close().ok());
    return dir_ / name;
  }
  void Tear(const std::string& path) {
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 5);
  }
};

TEST_F(FileDecodersTest, ACsvFileGoesOnOverARestartWithTheHeaderOfItsStart) {
  const std::string path = dir_.Write("a.csv", kHeader + CsvRows(0, 3) + "x,y\n");
  const FileSourceSpec spec{.path = path, .follow = true, .decode = Decoding()};
  Run(*Start(spec), seconds(1));
  Append(path, CsvRows(3, 5) + "broken\n");
  Run(*Start(spec), seconds(1));
  EXPECT_EQ(Brought(), Numbers(0, 5));
  ASSERT_THAT(Dead(), SizeIs(2));
  EXPECT_EQ(Dead()[0].source, "source.ambient a.csv line 5");
  EXPECT_EQ(Dead()[1].source, "source.ambient a.csv line 8");
}

TEST_F(FileDecodersTest, AHeaderWithoutTheKeyStopsTheFileAndSaysWhatToDo) {
  dir_.Write("a.csv", "temperature\n1\n");
  dir_.Write("b.csv", kHeader + CsvRows(0, 1));
  const auto source = Start({.path = dir_ / "*.csv", .decode = Decoding()});
  Run(*source, seconds(5));
  EXPECT_THAT(source->Health().message(), AllOf(HasSubstr("a.csv"), HasSubstr("sensor_id")));
  EXPECT_EQ(Brought(), Numbers(0, 1)) << "the other file is not taken along";
  EXPECT_FALSE(source->Finished());
}

TEST_F(FileDecodersTest, ALineOfAnyLengthIsOneDeadLetterBetweenItsNeighbours) {
  const std::string line(5 << 20, 'x');
  for (const std::string name : {"a.csv", "a.ndjson", "a.json"}) {
    log_ = std::make_unique<FakeLog>();
    const bool csv = name == "a.csv";
    const std::string row = R"({"sensor_id":"a","timestamp":"2025-10-15T12:00:00Z","temperature":1})";
    const std::string path = dir_.Write(name, csv ? kHeader + CsvRows(1, 2) + line + "\n" + CsvRows(2, 3)
                                                  : row + "\n{\"x\":\"" + line + "\"}\n" + row + "\n");
    Run(*Start({.path = path, .decode = Decoding(64 << 10)}));
    EXPECT_THAT(Brought(), SizeIs(2)) << name;
    ASSERT_THAT(Dead(), SizeIs(1)) << name;
    EXPECT_GE(Dead()[0].length, 5 << 20);
    EXPECT_LE(Dead()[0].bytes.size(), 64U << 10);
  }
}

TEST_F(FileDecodersTest, AnOverlongLineThatIsStillBeingWrittenIsOneDeadLetterOverARestart) {
  const std::string path = dir_.Write("a.csv", kHeader + CsvRows(0, 1) + std::string(300'000, 'x'));
  const FileSourceSpec spec{.path = path, .follow = true, .decode = Decoding(64 << 10)};
  Run(*Start(spec), seconds(1));
  Append(path, std::string(300'000, 'y'));
  Run(*Start(spec), seconds(1));
  Append(path, "\n" + CsvRows(1, 2));
  Run(*Start(spec), seconds(1));
  EXPECT_EQ(Brought(), Numbers(0, 2));
  ASSERT_THAT(Dead(), SizeIs(1));
  EXPECT_EQ(Dead()[0].length, 600'000);
}

TEST_F(FileDecodersTest, AFileOfNothingButBadLinesIsFinishedToo) {
  const auto source = Start({.path = dir_.Write("a.ndjson", "x\ny\nz"), .decode = Decoding()});
  Run(*source);
  EXPECT_TRUE(source->Finished());
  EXPECT_TRUE(source->Health().ok()) << source->Health().message();
  EXPECT_EQ(source->Progress(), 1);
  EXPECT_THAT(Dead(), SizeIs(3));
}

TEST_F(FileDecodersTest, AFileOfNothingButAHeaderIsFinished) {
  const auto source = Start({.path = dir_.Write("a.csv", kHeader), .decode = Decoding()});
  Run(*source);
  EXPECT_TRUE(source->Finished());
  EXPECT_EQ(Count(), 0);
}

TEST_F(FileDecodersTest, RepeatGoesOnInItsRoundOverARestart) {
  dir_.Write("a.csv", kHeader + CsvRows(0, 2));
  dir_.Write("b.csv", kHeader + CsvRows(2, 4));
  const FileSourceSpec spec{.path = dir_ / "*.csv", .repeat = true, .decode = Decoding()};
  for (int life = 0; life < 20; ++life) {
    const auto source = Start(spec);
    for (int step = 0; step < 2 + life % 5; ++step) source->Step(now_);
    log_->DropHeld();
    if (life % 3 == 0) log_->Hold();
  }
  const std::vector<double> brought = Brought();
  ASSERT_GE(brought.size(), 20U);
  for (size_t i = 0; i < brought.size(); ++i) ASSERT_EQ(brought[i], i % 4);
}

TEST_F(FileDecodersTest, ATruncatedFileThatGrewPastItsOldEndIsKnownByItsFirstBytes) {
  const std::string path = dir_.Write("a.csv", kHeader + CsvRows(0, 3));
  const auto source = Start({.path = path, .follow = true, .decode = Decoding()});
  Run(*source, seconds(1));
  dir_.Write("a.csv", kHeader + CsvRows(10, 40));
  Run(*source, seconds(1));
  std::vector<double> expected = Numbers(0, 3);
  for (const double number : Numbers(10, 40)) expected.push_back(number);
  EXPECT_EQ(Brought(), expected);
}

TEST_F(FileDecodersTest, AParquetFileIsResumedByRow) {
  const FileSourceSpec spec{
      .path = WriteParquet("a.parquet", Numbers(0, 250)), .speed = 1, .decode = Decoding()};
  const auto killed = Start(spec);
  Run(*killed, seconds(101));
  EXPECT_NEAR(killed->Progress(), 0.4, 0.01);
  EXPECT_THAT(Brought(), SizeIs(102));
  const auto next = Start(spec);
  Run(*next, seconds(200));
  EXPECT_EQ(Brought(), Numbers(0, 250));
  EXPECT_TRUE(next->Finished());
  EXPECT_EQ(next->Progress(), 1);
}

TEST_F(FileDecodersTest, AParquetFileOfBadRowsOnlyOrOfNoneIsFinished) {
  WriteParquet("a.parquet", {});
  WriteParquet("b.parquet", {1e300, 1e301});
  const auto source = Start({.path = dir_ / "*.parquet", .decode = Decoding()});
  Run(*source);
  EXPECT_TRUE(source->Finished()) << source->Health().message();
  EXPECT_EQ(Count(), 2);
}

TEST_F(FileDecodersTest, ParquetFilesAreSortedByTimeTogether) {
  WriteParquet("a.parquet", {5, 1, 3});
  WriteParquet("b.parquet", {4, 2, 0});
  const FileSourceSpec spec{.path = dir_ / "*.parquet", .sort_by_time = true, .decode = Decoding()};
  Run(*Start(spec));
  Run(*Start(spec));
  EXPECT_EQ(Brought(), Numbers(0, 6));
}

TEST_F(FileDecodersTest, ATornParquetFileIsTriedAgainUntilAWholeOneIsThere) {
  const std::string path = WriteParquet("a.parquet", Numbers(0, 9));
  Tear(path);
  const auto source = Start({.path = path, .decode = Decoding()});
  Run(*source, seconds(3));
  EXPECT_THAT(source->Health().message(), AllOf(HasSubstr(path), HasSubstr("write it again")));
  EXPECT_FALSE(source->Finished());
  std::filesystem::rename(WriteParquet("whole", Numbers(0, 9)), path);
  Run(*source, seconds(3));
  EXPECT_EQ(Brought(), Numbers(0, 9));
  EXPECT_TRUE(source->Finished());
}

TEST_F(FileDecodersTest, AParquetFileWithoutTheKeyIsRefusedByNameAndTheOthersAreRead) {
  WriteParquet("a.parquet", {1}, "sensor_id");
  WriteParquet("b.parquet", {2});
  const auto source = Start({.path = dir_ / "*.parquet", .decode = Decoding()});
  Run(*source, seconds(3));
  EXPECT_THAT(source->Health().message(), AllOf(HasSubstr("a.parquet"), HasSubstr("no column 'sensor_id'")));
  EXPECT_THAT(Brought(), ElementsAre(2));
}

TEST_F(FileDecodersTest, AParquetColumnOfAnotherTypeIsRefusedByName) {
  DecodeSpec decode = Decoding();
  decode.map["temperature"] = "sensor_id";
  const auto source = Start({.path = WriteParquet("a.parquet", {1}), .decode = decode});
  Run(*source, seconds(3));
  EXPECT_THAT(source->Health().message(),
              AllOf(HasSubstr("'sensor_id'"), HasSubstr("'temperature' (double)")));
}

}  // namespace
}  // namespace sluice
