// What the log does with its space: it fills, and takes appends again once jobs have committed; small appends
// stay small; and a batch that rotted among garbage does not stand in the way of its collection.
#include <filesystem>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "log/embedded/embedded_log.h"
#include "log/embedded/inspect.h"
#include "log/partitioner.h"
#include "testing/faulty_files.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

class LogSpace : public testing::Test {
 protected:
  void Open(int64_t max_bytes, std::shared_ptr<rocksdb::FileSystem> files = nullptr, int partitions = 1) {
    log_.reset();
    auto opened = OpenEmbeddedLog({.directory = directory(),
                                   .max_bytes = max_bytes,
                                   .memory_bytes = 1 << 20,
                                   .background = false,
                                   .clock = &clock_,
                                   .file_system = std::move(files)});
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    log_ = *std::move(opened);
    ASSERT_TRUE(log_->Declare(ReadingsStream(partitions)).ok());
  }
  Status Append(int rows, const std::string& sensor = "sensor-1") {
    Status outcome = Status::Fatal("no completion");
    const Status taken = log_->Append("readings", CountingBatch(rows, sensor), {},
                                      [&](const AppendOutcome& heard) { outcome = heard.status; });
    return taken.ok() ? outcome : taken;
  }
  // Positions of the partition, and slices that it took to read them.
  std::pair<int64_t, int> ReadAll(PartitionId partition, int64_t* lost = nullptr) {
    const Ends ends = *log_->EndsOf("readings", partition);
    int slices = 0;
    for (Position at = ends.low; at < ends.high; ++slices) {
      const auto slice = log_->Read("readings", partition, at, 1 << 20);
      if (!slice.ok()) ADD_FAILURE() << slice.status().message();
      if (!slice.ok()) break;
      if (lost) *lost += slice->lost;
      at = slice->next;
    }
    return {ends.high - ends.low, slices};
  }
  // A sensor whose readings go to the partition.
  static std::string SensorOf(const StreamSpec& stream, PartitionId partition) {
    for (int i = 0;; ++i) {
      const std::string sensor = "sensor-" + std::to_string(i);
      if (SplitByPartition(stream, CountingBatch(1, sensor))[static_cast<size_t>(partition)].Count() > 0)
        return sensor;
    }
  }
  void DamageBlobs() const {
    for (const auto& file : fs::directory_iterator(directory() + "/db")) {
      if (file.path().extension() != ".blob") continue;
      const auto size = static_cast<int64_t>(file.file_size());
      for (int64_t at = size / 10; at < size; at += size / 5) FlipBit(file.path(), at);
    }
  }
  std::string directory() const { return temporary_ / "log"; }

  TempDir temporary_;
  ManualClock clock_;
  std::unique_ptr<Log> log_;
};

TEST_F(LogSpace, AFullLogTakesAppendsAgainOnceItsJobHasCommitted) {
  Open(1 << 20);
  Status last;
  for (int i = 0; i < 1000 && last.ok(); ++i) last = Append(500);
  EXPECT_EQ(last.code(), Code::retry);
  EXPECT_NE(last.message().find("full"), std::string::npos) << last.message();
  EXPECT_EQ(Append(500).code(), Code::retry) << "nothing was committed since";
  EXPECT_NE(log_->Health().message().find("full"), std::string::npos) << "/readyz says so";
  ASSERT_TRUE(log_->Trim("readings", 0, log_->EndsOf("readings", 0)->high).ok());
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Append(500).ok()) << i;
  EXPECT_TRUE(log_->Health().ok());
}

TEST_F(LogSpace, SingleReadingsAreStoredSmallAndReadInFewSlices) {
  constexpr int kReadings = 10'000;
  const auto memory = MemoryFileSystem();
  Open(1 << 30, memory);
  for (int i = 0; i < kReadings; ++i) ASSERT_TRUE(Append(1).ok());
  EXPECT_EQ(ReadAll(0).first, kReadings);
  EXPECT_LE(ReadAll(0).second, 10);
  log_.reset();
  const auto stored = (*LogInspector::Open(directory(), memory))->Partitions().at(0).bytes;
  EXPECT_LE(stored / kReadings, 450);
}

// Two partitions share blob files; the readings of one are dropped, those of the other rot.
TEST_F(LogSpace, ABatchThatRottedDoesNotEndTheCollectionOfGarbage) {
  const StreamSpec stream = ReadingsStream(2);
  const auto keep = SensorOf(stream, 0);
  const auto drop = SensorOf(stream, 1);
  Open(4 << 20, nullptr, 2);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(Append(1000, i % 3 == 0 ? keep : drop).ok());
  Open(4 << 20, nullptr, 2);  // all of it is in blobs now
  DamageBlobs();
  for (int round = 0; round < 40; ++round) {
    ASSERT_TRUE(Append(1000, drop).ok()) << round << ": " << log_->Health().message();
    clock_.Advance(std::chrono::hours(25));
    ASSERT_TRUE(log_->Trim("readings", 1, log_->EndsOf("readings", 1)->high).ok());
  }
  EXPECT_TRUE(log_->Health().ok()) << log_->Health().message();
  int64_t lost = 0;
  EXPECT_EQ(ReadAll(0, &lost).first, 20'000);
  EXPECT_GT(lost, 0);
}

}  // namespace
}  // namespace sluice
