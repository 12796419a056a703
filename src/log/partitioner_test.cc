#include "log/partitioner.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "testing/streams.h"

namespace sluice {
namespace {

// Known answers as Kafka's own tests of the hash publish them (org.apache.kafka.common.utils).
TEST(Partitioner, HashesAsJavaClientsDo) {
  EXPECT_EQ(static_cast<int32_t>(Murmur2("21")), -973932308);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("foobar")), -790332482);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("a-little-bit-long-string")), -985981536);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("a-little-bit-longer-string")), -1486304829);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8")), -58897971);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("abc")), 479470107);
}

TEST(Partitioner, AKeyKeepsItsPartition) {
  for (int i = 0; i < 100; ++i) {
    const PartitionId partition = PartitionOf("sensor-" + std::to_string(i), 7);
    EXPECT_GE(partition, 0);
    EXPECT_LT(partition, 7);
    EXPECT_EQ(partition, PartitionOf("sensor-" + std::to_string(i), 7));
  }
}

std::vector<Reading> Mixed(int count) {
  std::vector<Reading> readings;
  for (int i = 0; i < count; ++i)
    readings.push_back({"sensor-" + std::to_string(i % 5), FromMicros(i), double(i), 0});
  return readings;
}

TEST(Partitioner, RowsGoToThePartitionOfTheirKeyInOrder) {
  const StreamSpec stream = ReadingsStream(3);
  const auto parts = SplitByPartition(stream, ReadingsBatch(Mixed(40)));
  int64_t rows = 0;
  for (size_t p = 0; p < parts.size(); ++p) {
    const auto& keys = static_cast<const arrow::StringArray&>(*parts[p].rows->column(0));
    const auto& values = static_cast<const arrow::DoubleArray&>(*parts[p].rows->column(2));
    for (int64_t i = 0; i < keys.length(); ++i) {
      EXPECT_EQ(PartitionOf(keys.GetView(i), 3), static_cast<PartitionId>(p));
      if (i > 0) {
        EXPECT_LT(values.Value(i - 1), values.Value(i));
      }
    }
    rows += keys.length();
  }
  EXPECT_EQ(rows, 40);
}

TEST(Partitioner, DeadEntriesKeepTheirPlaceAmongTheRowsOfPartitionZero) {
  const StreamSpec stream = ReadingsStream(3);
  Batch batch = ReadingsBatch(Mixed(10));
  batch.dead.push_back(MakeDeadEntry(0, "first", "s", "x"));
  batch.dead.push_back(MakeDeadEntry(11, "last", "s", "x"));
  const auto parts = SplitByPartition(stream, std::move(batch));
  ASSERT_EQ(parts[0].dead.size(), 2U);
  EXPECT_EQ(parts[0].dead[0].at, 0);
  EXPECT_EQ(parts[0].dead[1].at, parts[0].rows->num_rows() + 1);
  EXPECT_TRUE(parts[1].dead.empty());
}

TEST(Partitioner, AStreamWithoutKeyHasOnePartitionInUse) {
  StreamSpec stream = ReadingsStream(2);
  stream.key.reset();
  const auto parts = SplitByPartition(stream, CountingBatch(4));
  EXPECT_EQ(parts[0].rows->num_rows(), 4);
  EXPECT_EQ(parts[1].rows->num_rows(), 0);
}

TEST(Partitioner, KeysOfNumbersAreWrittenInDecimal) {
  arrow::Int64Builder builder;
  (void)builder.Append(-42);
  (void)builder.AppendNull();
  const auto column = *builder.Finish();
  EXPECT_EQ(KeyText(*column, 0), "-42");
  EXPECT_EQ(KeyText(*column, 1), "");
}

}  // namespace
}  // namespace sluice
