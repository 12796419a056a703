// The contract of a codec (src/codecs/codec.h), as tests that every decoder of bytes passes, and those that
// make sense for it the Parquet reader: one set of readings, written in each format.
#include "codecs/codec.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <parquet/arrow/writer.h>

#include "codecs/parquet_reader.h"
#include "testing/bytes_file.h"
#include "testing/decoding.h"

namespace sluice {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr int64_t kMaxReading = 4096;

// How readings are written: `number` is a temperature; anything but a number makes a bad reading.
struct Format {
  std::string name;
  CodecKind kind;
  std::string before;
  std::string between;
  std::string after;
  std::function<std::string(const std::string& number)> reading;
};

std::string JsonReading(const std::string& number) {
  return fmt::format(R"({{"sensor_id":"a","timestamp":"2025-10-15T12:00:00Z","temperature":{}}})", number);
}
std::string CsvReading(const std::string& number) { return number + ",2025-10-15T12:00:00Z,\"a\""; }

const std::vector<Format> kFormats = {
    {"json", CodecKind::json, "[", ",\n", "]", &JsonReading},
    {"ndjson", CodecKind::ndjson, "", "\n", "\n", &JsonReading},
    {"csv", CodecKind::csv, "temperature,timestamp,sensor_id\r\n", "\r\n", "\r\n", &CsvReading},
};

class CodecContract : public testing::TestWithParam<Format> {
 protected:
  std::string Text(const std::vector<std::string>& numbers) const {
    std::string text = GetParam().before;
    for (size_t i = 0; i < numbers.size(); ++i) {
      text += (i == 0 ? "" : GetParam().between) + GetParam().reading(numbers[i]);
    }
    return text + GetParam().after;
  }
  Decoded Read(const std::string& text, const std::vector<size_t>& cuts = {},
               int64_t max_entries = 1000) const {
    return Decode(GetParam().kind, stream_, spec_, text, cuts, max_entries);
  }
  // Temperatures as text; "bad" for a dead entry.
  static std::vector<std::string> Outline(const std::vector<std::string>& entries) {
    std::vector<std::string> outline;
    for (const std::string& entry : entries) {
      const size_t at = entry.find("Z|") + 2;
      outline.push_back(entry.starts_with("DEAD") ? "bad" : entry.substr(at, entry.find('|', at) - at));
    }
    return outline;
  }

  const StreamSpec stream_ = ReadingsStream();
  const DecodeSpec spec_{.source = "source.test", .max_reading = kMaxReading};
};

TEST_P(CodecContract, ReadsEveryReadingInOrder) {
  const Decoded decoded = Read(Text({"1", "2", "3"}));
  ASSERT_TRUE(decoded.status.ok()) << decoded.status.message();
  EXPECT_EQ(Outline(decoded.entries), (std::vector<std::string>{"1", "2", "3"}));
}

TEST_P(CodecContract, PiecesAreTheSameAsTheWhole) {
  const std::string text = Text({"1", "true", "3", "4"});
  const Decoded whole = Read(text);
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    ASSERT_EQ(Read(text, {cut}).entries, whole.entries) << "cut at " << cut;
  }
  std::vector<size_t> everywhere(text.size());
  for (size_t i = 0; i < everywhere.size(); ++i) everywhere[i] = i;
  EXPECT_EQ(Read(text, everywhere).entries, whole.entries);
}

TEST_P(CodecContract, ABatchOfAnySizeHoldsTheSameEntries) {
  const std::string text = Text({"1", "true", "3", "4"});
  EXPECT_EQ(Read(text, {}, 1).entries, Read(text).entries);
  EXPECT_EQ(Read(text, {}, 3).entries, Read(text).entries);
}

TEST_P(CodecContract, ABadReadingTakesNoNeighbourAlong) {
  for (const std::string bad : {"true", "1e400", "\"x\"", "[1]"}) {
    const Decoded decoded = Read(Text({"1", bad, "3"}));
    ASSERT_TRUE(decoded.status.ok()) << decoded.status.message();
    EXPECT_THAT(Outline(decoded.entries), testing::ElementsAre("1", "bad", "3")) << bad;
    EXPECT_THAT(decoded.entries[1], HasSubstr("source.test")) << "it says where it stood";
  }
}

TEST_P(CodecContract, AReadingBeyondTheLimitIsOneDeadEntryAndIsNotKept) {
  for (const size_t length : {kMaxReading + 1, 100 * kMaxReading}) {
    auto decoder = MakeDecoder(GetParam().kind, stream_, spec_);
    Feeder feeder(**decoder, stream_);
    const std::string text = Text({"1", "\"" + std::string(length, 'x') + "\"", "3"});
    size_t held = 0;
    for (size_t at = 0; at < text.size(); at += 500) {
      feeder.Feed(std::string_view(text).substr(at, 500), false);
      held = std::max(held, feeder.pending().size());
    }
    feeder.Feed("", true);
    EXPECT_THAT(Outline(feeder.decoded.entries), testing::ElementsAre("1", "bad", "3")) << length;
    EXPECT_LE(held, size_t{2 * kMaxReading + 1000});
  }
}

// Every place between two entries is one to resume at.
TEST_P(CodecContract, AnotherDecoderGoesOnWithTheStateOfTheFirst) {
  const std::string text = Text({"1", "true", "3", "4"});
  const Decoded whole = Read(text);
  for (size_t entries = 1; entries <= whole.entries.size(); ++entries) {
    auto first = MakeDecoder(GetParam().kind, stream_, spec_);
    BatchBuilder builder(stream_, static_cast<int64_t>(entries));
    const size_t used = *(*first)->Decode(text, true, builder);
    std::vector<std::string> seen;
    AppendEntries(builder.Finish(), &seen);
    auto second = MakeDecoder(GetParam().kind, stream_, spec_);
    ASSERT_TRUE((*second)->Restore((*first)->State()).ok());
    Feeder feeder(**second, stream_);
    feeder.Feed(std::string_view(text).substr(used - static_cast<size_t>((*first)->Held())), true);
    seen.insert(seen.end(), feeder.decoded.entries.begin(), feeder.decoded.entries.end());
    EXPECT_EQ(seen, whole.entries) << "resumed behind " << entries;
  }
}

TEST_P(CodecContract, AnEmptyStateIsThatOfANewInput) {
  auto decoder = MakeDecoder(GetParam().kind, stream_, spec_);
  std::vector<std::string> last;
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE((*decoder)->Restore("").ok());
    Feeder feeder(**decoder, stream_);
    feeder.Feed(Text({"1", "true"}), true);
    if (round > 0) {
      EXPECT_EQ(feeder.decoded.entries, last);
    }
    last = feeder.decoded.entries;
  }
}

TEST_P(CodecContract, AStateThatIsNoneIsRefused) {
  auto decoder = MakeDecoder(GetParam().kind, stream_, spec_);
  EXPECT_FALSE((*decoder)->Restore("no state of ours").ok());
}

TEST_P(CodecContract, AnEmptyInputHoldsNothing) {
  const Decoded decoded = Read("");
  EXPECT_TRUE(decoded.status.ok()) << decoded.status.message();
  EXPECT_THAT(decoded.entries, SizeIs(0));
}

INSTANTIATE_TEST_SUITE_P(Codecs, CodecContract, testing::ValuesIn(kFormats),
                         [](const auto& format) { return format.param.name; });

// Rows whose temperatures are their numbers; the second has no key.
Result<std::unique_ptr<ParquetReader>> FiveRows(const StreamSpec& stream) {
  arrow::StringBuilder sensors;
  arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                                arrow::default_memory_pool());
  arrow::DoubleBuilder values;
  for (int row = 0; row < 5; ++row) {
    EXPECT_TRUE((row == 1 ? sensors.AppendNull() : sensors.Append("a")).ok());
    EXPECT_TRUE(times.Append(0).ok() && values.Append(row).ok());
  }
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("sensor_id", arrow::utf8()), arrow::field("timestamp", times.type()),
                     arrow::field("temperature", arrow::float64())}),
      arrow::ArrayVector{*sensors.Finish(), *times.Finish(), *values.Finish()});
  auto sink = *arrow::io::BufferOutputStream::Create();
  EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, 2).ok());
  auto file = std::make_unique<BytesFile>((*sink->Finish())->ToString());
  return ParquetReader::Open(std::move(file), stream, {.source = "source.test"});
}

TEST(ParquetContract, ABadRowTakesNoNeighbourAlongAndEveryRowIsAPlaceToResumeAt) {
  const StreamSpec stream = ReadingsStream();
  auto reader = FiveRows(stream);
  ASSERT_TRUE(reader.ok()) << reader.status().message();
  std::vector<std::string> whole;
  AppendEntries(*(*reader)->Next(100), &whole);
  ASSERT_THAT(whole, SizeIs(5));
  EXPECT_THAT(whole[1], HasSubstr("DEAD source.test row 2"));
  for (int64_t row = 0; row <= 5; ++row) {
    ASSERT_TRUE((*reader)->Seek(row).ok());
    std::vector<std::string> rest;
    while ((*reader)->NextRow() < (*reader)->Rows()) AppendEntries(*(*reader)->Next(2), &rest);
    EXPECT_EQ(rest, std::vector<std::string>(whole.begin() + row, whole.end()));
  }
}

}  // namespace
}  // namespace sluice
