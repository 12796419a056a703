// What `sluice log` sees of a log that no process has open, and what repair does to a damaged one.
#include "log/embedded/inspect.h"

#include <filesystem>
#include <fstream>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "log/embedded/embedded_log.h"
#include "testing/faulty_files.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

class LogInspection : public testing::Test {
 protected:
  void Open(int partitions = 1) {
    log_.reset();
    auto opened = OpenEmbeddedLog(
        {.directory = directory(), .memory_bytes = 1 << 20, .background = false, .clock = &clock_});
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    log_ = *std::move(opened);
    ASSERT_TRUE(log_->Declare(ReadingsStream(partitions)).ok());
  }
  void Append(Batch batch, std::optional<OriginStep> step = {}) {
    (void)log_->Append("readings", std::move(batch), std::move(step),
                       [](const AppendOutcome& heard) { EXPECT_EQ(heard.kind, AppendOutcome::done); });
  }
  // Ten batches of 200 readings in a blob file, and the log closed.
  void WriteTenBatches() {
    Open();
    for (int i = 0; i < 10; ++i) Append(CountingBatch(200));
    Open();  // recovery moves them from the write-ahead log to a blob file
    log_.reset();
  }
  std::unique_ptr<LogInspector> Inspect() {
    auto inspector = LogInspector::Open(directory());
    EXPECT_TRUE(inspector.ok()) << inspector.status().message();
    return inspector.ok() ? *std::move(inspector) : nullptr;
  }
  LogVerification Verify() {
    auto found = Inspect()->Verify();
    EXPECT_TRUE(found.ok()) << found.status().message();
    return *found;
  }
  void Damage(const std::string& ending) {
    const std::string file = NewestFile(directory() + "/db", ending);
    FlipBit(file, static_cast<int64_t>(std::filesystem::file_size(file)) / 2);
  }
  std::string directory() const { return temporary_ / "log"; }

  TempDir temporary_;
  ManualClock clock_;
  std::unique_ptr<Log> log_;
};

TEST_F(LogInspection, PartitionsAreListedWithWhatTheyHold) {
  Open(2);
  Append(CountingBatch(3, "sensor-1"));
  Append(CountingBatch(2, "sensor-1"));
  log_.reset();
  const auto partitions = Inspect()->Partitions();
  ASSERT_EQ(partitions.size(), 2U);
  const LogPartition& used = partitions[partitions[0].batches > 0 ? 0 : 1];
  EXPECT_EQ(used.stream, "readings");
  EXPECT_EQ(used.ends.high, 5);
  EXPECT_EQ(used.batches, 2);
  EXPECT_GT(used.bytes, 128);
  EXPECT_EQ(used.oldest, clock_.Now());
}

TEST_F(LogInspection, OriginsAreListedWithHowFarTheyAre) {
  Open();
  Append(CountingBatch(1),
         OriginStep{.origin = "file/a", .next = 10, .answer = "ok", .expires = std::chrono::hours(1)});
  log_.reset();
  std::vector<LogOrigin> origins;
  ASSERT_TRUE(Inspect()->ForEachOrigin([&](const LogOrigin& origin) { origins.push_back(origin); }).ok());
  ASSERT_EQ(origins.size(), 1U);
  EXPECT_EQ(origins[0].origin, "file/a");
  EXPECT_EQ(origins[0].state.next, 10);
  EXPECT_EQ(origins[0].expires, clock_.Now() + std::chrono::hours(1));
}

TEST_F(LogInspection, EntriesAreReadFromAPosition) {
  Open();
  Batch batch = CountingBatch(3);
  batch.dead.push_back(MakeDeadEntry(1, "no time", "source.a line 2", "{}"));
  Append(std::move(batch));
  log_.reset();
  const auto slice = Inspect()->Read("readings", 0, 1, 1 << 20);
  ASSERT_TRUE(slice.ok());
  EXPECT_EQ(slice->rows->num_rows(), 2);
  EXPECT_EQ(slice->dead.at(0).reason, "no time");
  EXPECT_EQ(slice->next, 4);
  EXPECT_TRUE(slice->rows->schema()->Equals(*Inspect()->Stream("readings")->TableSchema()));
}

TEST_F(LogInspection, WhatIsNotThereIsRejected) {
  Open();
  log_.reset();
  EXPECT_EQ(Inspect()->Read("nothing", 0, 0, 1).status().code(), Code::reject);
  EXPECT_EQ(Inspect()->Read("readings", 3, 0, 1).status().code(), Code::reject);
  EXPECT_EQ(Inspect()->Read("readings", 0, 9, 1).status().code(), Code::reject);
  EXPECT_EQ(LogInspector::Open(temporary_ / "nowhere").status().code(), Code::reject);
  EXPECT_EQ(RepairLog(temporary_ / "nowhere").status().code(), Code::reject);
  EXPECT_FALSE(std::filesystem::exists(temporary_ / "nowhere"));
}

TEST_F(LogInspection, ALogInUseIsRejected) {
  Open();
  EXPECT_EQ(LogInspector::Open(directory()).status().code(), Code::reject);
  EXPECT_EQ(RepairLog(directory()).status().code(), Code::reject);
}

TEST_F(LogInspection, LookingChangesNothing) {
  WriteTenBatches();
  const std::string wal = NewestFile(directory() + "/db", ".log");
  const std::string table = NewestFile(directory() + "/db", ".blob");
  EXPECT_EQ(Verify().batches, 10);
  EXPECT_EQ(NewestFile(directory() + "/db", ".log"), wal);
  EXPECT_EQ(NewestFile(directory() + "/db", ".blob"), table);
}

TEST_F(LogInspection, AWholeLogHasNoFindings) {
  WriteTenBatches();
  const LogVerification found = Verify();
  EXPECT_EQ(found.batches, 10);
  EXPECT_EQ(found.entries, 2000);
  EXPECT_TRUE(found.findings.empty()) << found.findings[0].sentence;
}

TEST_F(LogInspection, ADamagedBatchIsFoundAndTheOthersAreStillCounted) {
  WriteTenBatches();
  Damage(".blob");
  const LogVerification found = Verify();
  ASSERT_EQ(found.findings.size(), 1U);
  EXPECT_EQ(found.findings[0].next - found.findings[0].first, 200);
  EXPECT_EQ(found.batches, 10);
  EXPECT_EQ(found.entries, 1800);
}

TEST_F(LogInspection, ADamagedWriteAheadLogIsFound) {
  Open();
  for (int i = 0; i < 10; ++i) Append(CountingBatch(2000));
  log_.reset();
  Damage(".log");
  const LogVerification found = Verify();
  ASSERT_GE(found.findings.size(), 2U);
  EXPECT_NE(found.findings[0].sentence.find("write-ahead"), std::string::npos);
}

TEST_F(LogInspection, LookingAtADamagedBatchNamesTheCommand) {
  WriteTenBatches();
  Damage(".blob");
  const auto before = Inspect()->Read("readings", 0, 0, 1 << 20);
  ASSERT_TRUE(before.ok()) << before.status().message();
  const auto slice = Inspect()->Read("readings", 0, before->next, 1 << 20);
  ASSERT_FALSE(slice.ok());
  EXPECT_EQ(slice.status().code(), Code::reject);
  EXPECT_NE(slice.status().message().find("sluice log repair"), std::string::npos)
      << slice.status().message();
}

TEST_F(LogInspection, RepairDropsWhatIsDamagedAndCountsItAsLost) {
  WriteTenBatches();
  Damage(".blob");
  const auto repair = RepairLog(directory());
  ASSERT_TRUE(repair.ok()) << repair.status().message();
  EXPECT_EQ(repair->batches_dropped, 1);
  EXPECT_EQ(repair->positions_lost, 200);
  EXPECT_TRUE(std::filesystem::exists(directory() + "/damaged-1"));
  EXPECT_TRUE(Verify().findings.empty());
  Open();
  const auto slice = log_->Read("readings", 0, 0, 1 << 20);
  ASSERT_TRUE(slice.ok()) << slice.status().message();
  EXPECT_EQ(slice->rows->num_rows(), 1800);
  EXPECT_EQ(slice->lost, 200);
}

TEST_F(LogInspection, RepairOfAWholeLogChangesNothing) {
  WriteTenBatches();
  const auto repair = RepairLog(directory());
  ASSERT_TRUE(repair.ok()) << repair.status().message();
  EXPECT_EQ(repair->batches_dropped, 0);
  EXPECT_EQ(repair->positions_lost, 0);
  EXPECT_TRUE(repair->sentences.empty());
  EXPECT_EQ(Verify().entries, 2000);
}

}  // namespace
}  // namespace sluice
