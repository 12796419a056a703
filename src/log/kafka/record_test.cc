#include "log/kafka/record.h"

#include <gtest/gtest.h>

#include "log/partitioner.h"
#include "testing/streams.h"

namespace sluice::kafka {
namespace {

constexpr int64_t kRoomy = 1 << 20;

Records Write(Batch batch, int partitions = 1, int64_t max_bytes = kRoomy) {
  return RecordWriter(ReadingsStream(partitions)).Write(std::move(batch), max_bytes);
}

class ReadingRecords : public testing::Test {
 protected:
  std::optional<std::string> Read(const StreamSpec& stream, std::string_view value, bool required = true) {
    reader_ = *RecordReader::Make(stream, required);
    builder_ = std::make_unique<BatchBuilder>(reader_->Spec());
    return reader_->Read(value, *builder_);
  }
  Batch Built() { return builder_->Finish(); }

  std::unique_ptr<RecordReader> reader_;
  std::unique_ptr<BatchBuilder> builder_;
};

TEST(WritingRecords, AReadingIsAnObjectUnderItsKey) {
  const Records records = Write(CountingBatch(1, "a7"));
  ASSERT_EQ(records.pieces.size(), 1U);
  EXPECT_EQ(records.Key(records.pieces[0]), "a7");
  EXPECT_EQ(records.Value(records.pieces[0]),
            R"({"sensor_id":"a7","timestamp":"2025-10-09T08:53:20Z","temperature":0,"humidity":50})");
}

TEST(WritingRecords, TheKeyChoosesThePartitionAsJavaClientsDo) {
  const Records records = Write(CountingBatch(1, "a7"), 8);
  EXPECT_EQ(records.pieces[0].partition, PartitionOf("a7", 8));
}

TEST(WritingRecords, UndeclaredFieldsStandBesideTheOthers) {
  StreamSpec stream = ReadingsStream();
  stream.unknown = UnknownFields::keep;
  Batch batch = CountingBatch(1, "a7");
  auto columns = batch.rows->columns();
  arrow::StringBuilder extra;
  (void)extra.Append(R"({"site":"roof"})");
  columns.push_back(*extra.Finish());
  batch.rows = arrow::RecordBatch::Make(stream.RowSchema(), 1, columns);
  const Records records = RecordWriter(stream).Write(batch, kRoomy);
  EXPECT_TRUE(records.Value(records.pieces[0]).ends_with(R"("humidity":50,"site":"roof"})"));
}

TEST(WritingRecords, AReadingTooLargeForItsTopicIsADeadEntry) {
  const Records records = Write(CountingBatch(2, std::string(500, 'k')), 1, 400);
  EXPECT_TRUE(records.pieces.empty());
  ASSERT_EQ(records.dead.size(), 2U);
  EXPECT_EQ(records.dead[0].reason, "is larger than a record of its topic may be (400 bytes)");
}

TEST_F(ReadingRecords, WhatWasWrittenReadsTheSame) {
  const Batch batch = CountingBatch(1, "a7");
  const Records records = Write(batch);
  EXPECT_EQ(Read(ReadingsStream(), records.Value(records.pieces[0])), std::nullopt);
  EXPECT_TRUE(Built().rows->Equals(*batch.rows));
}

TEST_F(ReadingRecords, ForeignJsonMayHaveBlanksAroundIt) {
  EXPECT_EQ(Read(ReadingsStream(), " {\"sensor_id\":\"a\",\"timestamp\":\"2025-01-01T00:00:00Z\"}\n"),
            std::nullopt);
}

TEST_F(ReadingRecords, WhatIsNoReadingSaysWhyAndLeavesNothing) {
  EXPECT_EQ(Read(ReadingsStream(), ""), "a record without a value");
  EXPECT_TRUE(Read(ReadingsStream(), "[1]").has_value());
  EXPECT_TRUE(Read(ReadingsStream(), R"({"sensor_id":"a"})").has_value());
  EXPECT_TRUE(builder_->Empty());
}

TEST_F(ReadingRecords, OldReadingsMayLackAFieldThatIsRequiredNow) {
  StreamSpec stream = ReadingsStream();
  stream.fields[2].required = true;
  const std::string old = R"({"sensor_id":"a","timestamp":"2025-01-01T00:00:00Z"})";
  EXPECT_TRUE(Read(stream, old, true).has_value());
  EXPECT_EQ(Read(stream, old, false), std::nullopt);
}

TEST(DeadRecords, KeepWhatIsKnownOfTheEntry) {
  const DeadEntry dead = MakeDeadEntry(0, "no time", "source.a line 2", std::string(100'000, 'x'));
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : HeadersOf(dead)) headers[name] = value;
  const DeadEntry read = DeadFrom(headers, dead.bytes, 17);
  EXPECT_EQ(read.at, 17);
  EXPECT_EQ(read.reason + read.source, "no timesource.a line 2");
  EXPECT_EQ(read.length, 100'000);
  EXPECT_EQ(read.hash, dead.hash);
}

TEST(DeadRecords, OfSomebodyElseAreDeadEntriesToo) {
  const DeadEntry read = DeadFrom({}, "what", 3);
  EXPECT_EQ(read.reason, "put into the topic of dead entries by somebody else");
  EXPECT_EQ(read.length, 4);
}

}  // namespace
}  // namespace sluice::kafka
