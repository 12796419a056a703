// What the embedded log does when the disk or the process fails it. No acknowledged entry is missing unless
// reported lost, no position is given twice, and once the fault is lifted the log takes appends again.
#include <filesystem>
#include <fstream>
#include <set>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "log/embedded/embedded_log.h"
#include "testing/faulty_files.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

class LogRecovery : public testing::Test {
 protected:
  Status Open() {
    log_.reset();
    EmbeddedLogOptions options{
        .directory = directory_ / "log", .memory_bytes = 1 << 20, .background = false, .clock = &clock_};
    options.file_system = files_;
    options.boot = boot_;
    options.report = [this](const std::string& sentence) { reports_.push_back(sentence); };
    auto opened = OpenEmbeddedLog(options);
    if (!opened.ok()) return opened.status();
    log_ = *std::move(opened);
    return log_->Declare(ReadingsStream());
  }
  void MustOpen() {
    const Status opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.message();
  }
  // The power is cut: what was not synced is gone, and the machine boots again.
  void Crash() {
    files_->Kill();
    log_.reset();
    files_->Crash();
    ++boot_;
  }
  // The process dies.
  void Die() {
    files_->Kill();
    log_.reset();
    files_->Revive();
  }

  // Appends `count` readings; notes what was acknowledged.
  Status Append(int count = 5) {
    Status outcome = Status::Fatal("no completion");
    const Status taken = log_->Append("readings", CountingBatch(count), {}, [&](AppendOutcome heard) {
      outcome = heard.status;
      for (const Placed& placed : heard.placed) Acknowledge(placed);
    });
    return taken.ok() ? outcome : taken;
  }
  void Acknowledge(const Placed& placed) {
    for (Position at = placed.first; at < placed.first + placed.count; ++at) {
      EXPECT_TRUE(acknowledged_.insert(at).second) << "position " << at << " was given twice";
    }
  }
  // Reads everything: rows that are there, and how many are lost.
  int64_t ReadAll(std::set<Position>* there) {
    int64_t lost = 0;
    const Ends ends = *log_->EndsOf("readings", 0);
    for (Position at = ends.low; at < ends.high;) {
      const auto slice = log_->Read("readings", 0, at, 1 << 20);
      if (!slice.ok()) ADD_FAILURE() << slice.status().message();
      if (!slice.ok()) break;
      const auto& positions =
          static_cast<const arrow::Int64Array&>(*slice->rows->GetColumnByName("_position"));
      for (int64_t i = 0; i < positions.length(); ++i) there->insert(positions.Value(i));
      EXPECT_EQ(slice->rows->num_rows() + slice->lost + slice->gaps, slice->next - slice->first);
      lost += slice->lost;
      at = slice->next;
    }
    return lost;
  }
  void ExpectNothingMissing() {
    std::set<Position> there;
    EXPECT_EQ(ReadAll(&there), 0);
    for (const Position at : acknowledged_) EXPECT_TRUE(there.contains(at)) << "acknowledged, gone: " << at;
  }
  // Every acknowledged entry is there or counted as lost; returns how many are lost.
  int64_t ExpectLossIsReported() {
    std::set<Position> there;
    const int64_t lost = ReadAll(&there);
    int64_t missing = 0;
    for (const Position at : acknowledged_) missing += !there.contains(at);
    EXPECT_EQ(missing, lost);
    return lost;
  }
  std::string Database() const { return directory_ / "log/db"; }

  // Appends until the fault strikes; then opens anew without it.
  bool SurvivesNth(FaultyFiles::Fault fault, int n) {
    files_->FailNth(fault, n);
    if (Open().ok()) {
      for (int i = 0; i < 6 && Append(200).ok(); ++i) {
      }
    }
    const bool struck = files_->struck();
    Crash();
    MustOpen();
    ExpectNothingMissing();
    EXPECT_TRUE(Append().ok());
    return struck;
  }

  TempDir directory_;
  ManualClock clock_;
  std::shared_ptr<FaultyFiles> files_ = std::make_shared<FaultyFiles>(rocksdb::FileSystem::Default());
  std::unique_ptr<Log> log_;
  uint32_t boot_ = 1;
  std::vector<std::string> reports_;
  std::set<Position> acknowledged_;
};

TEST_F(LogRecovery, ACrashLosesNothingAcknowledged) {
  MustOpen();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Append().ok());
  Die();
  MustOpen();
  ExpectNothingMissing();
  EXPECT_TRUE(reports_.empty());
  EXPECT_EQ(log_->EndsOf("readings", 0)->high, 100);
}

TEST_F(LogRecovery, AnyFailedWriteIsSurvived) {
  int n = 1;
  while (SurvivesNth(FaultyFiles::Fault::write, n)) ++n;
  EXPECT_GT(n, 10);
}

TEST_F(LogRecovery, AnyFailedSyncIsSurvived) {
  int n = 1;
  while (SurvivesNth(FaultyFiles::Fault::sync, n)) ++n;
  EXPECT_GT(n, 5);
}

TEST_F(LogRecovery, AnyFailedRenameIsSurvived) {
  int n = 1;
  while (SurvivesNth(FaultyFiles::Fault::rename, n)) ++n;
  EXPECT_GT(n, 2);
}

TEST_F(LogRecovery, AFailedSyncEndsTheLog) {
  MustOpen();
  files_->FailNth(FaultyFiles::Fault::sync, 1);
  EXPECT_EQ(Append().code(), Code::fatal);
  EXPECT_EQ(Append().code(), Code::fatal);
  EXPECT_EQ(log_->Health().code(), Code::fatal);
}

TEST_F(LogRecovery, AFullDiskIsWaitedFor) {
  MustOpen();
  ASSERT_TRUE(Append().ok());
  files_->SetFull(true);
  EXPECT_EQ(Append().code(), Code::retry);
  EXPECT_EQ(log_->Health().code(), Code::retry);
  EXPECT_EQ(Append().code(), Code::retry);
  ExpectNothingMissing();
  files_->SetFull(false);
  const Status again = Append();
  EXPECT_TRUE(again.ok()) << again.message();
  EXPECT_TRUE(log_->Health().ok());
  Crash();
  MustOpen();
  ExpectNothingMissing();
}

TEST_F(LogRecovery, ATornTailIsNoDamage) {
  MustOpen();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Append().ok());
  Die();
  std::ofstream(NewestFile(Database(), ".log"), std::ios::app | std::ios::binary)
      << std::string("\x11\x22\x33\x44\x55", 5);
  MustOpen();
  ExpectNothingMissing();
  EXPECT_TRUE(reports_.empty());
}

TEST_F(LogRecovery, AByteFlippedInTheMiddleLosesItsGroupAndSaysSo) {
  MustOpen();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Append(2000).ok());
  Die();
  const std::string wal = NewestFile(Database(), ".log");
  FlipBit(wal, static_cast<int64_t>(std::filesystem::file_size(wal)) / 2);
  MustOpen();
  const int64_t lost = ExpectLossIsReported();
  EXPECT_GT(lost, 0);
  EXPECT_LE(lost, 4000);
  EXPECT_FALSE(reports_.empty());
  EXPECT_TRUE(std::filesystem::exists(directory_ / "log/damaged-1"));
  EXPECT_TRUE(Append().ok());
}

TEST_F(LogRecovery, TheEndThatWasPersistedIsNeverGivenAgain) {
  MustOpen();
  ASSERT_TRUE(Append(2000).ok());
  log_.reset();  // writes the file `ends`
  const std::string wal = NewestFile(Database(), ".log");
  FlipBit(wal, static_cast<int64_t>(std::filesystem::file_size(wal)) - 100);
  MustOpen();
  EXPECT_EQ(log_->EndsOf("readings", 0)->high, 2000);
  EXPECT_EQ(ExpectLossIsReported(), 2000);
  EXPECT_TRUE(Append().ok());
}

TEST_F(LogRecovery, APowerCutLosesNothingAndLeavesOutWhatMayHaveBeenGiven) {
  MustOpen();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Append().ok());
  Crash();
  MustOpen();
  ExpectNothingMissing();
  EXPECT_GT(log_->EndsOf("readings", 0)->high, 100);
  EXPECT_EQ(reports_.size(), 1U);
  EXPECT_TRUE(Append().ok());
}

TEST_F(LogRecovery, PositionsOfAGroupThatAPowerCutSpoiledAreNotGivenAgain) {
  MustOpen();
  ASSERT_TRUE(Append(5).ok());
  ASSERT_TRUE(Append(5).ok());
  Crash();
  const std::string wal = NewestFile(Database(), ".log");
  FlipBit(wal, static_cast<int64_t>(std::filesystem::file_size(wal)) - 100);
  MustOpen();
  EXPECT_FALSE(reports_.empty());
  EXPECT_TRUE(Append().ok());  // Acknowledge fails on a position that was given before
}

TEST_F(LogRecovery, AnOrderlyStopLeavesNothingOutAfterANewBoot) {
  MustOpen();
  ASSERT_TRUE(Append(5).ok());
  log_.reset();
  ++boot_;
  MustOpen();
  EXPECT_EQ(log_->EndsOf("readings", 0)->high, 5);
  EXPECT_TRUE(reports_.empty());
}

TEST_F(LogRecovery, DirectoriesInUseAreRejected) {
  MustOpen();
  auto second = OpenEmbeddedLog({.directory = directory_ / "log", .background = false});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), Code::reject);
}

TEST_F(LogRecovery, DirectoriesOfAnotherVersionAreRejected) {
  MustOpen();
  log_.reset();
  directory_.Write("log/sluice-log", "sluice log\nversion 9\nid abc\n");
  const Status opened = Open();
  EXPECT_EQ(opened.code(), Code::reject);
  EXPECT_NE(opened.message().find("version 9"), std::string::npos);
}

TEST_F(LogRecovery, DataThatIsGoneIsRejectedNotBegunAnew) {
  MustOpen();
  log_.reset();
  std::filesystem::remove_all(Database());
  const Status opened = Open();
  EXPECT_EQ(opened.code(), Code::reject);
  EXPECT_NE(opened.message().find("gone"), std::string::npos);
}

TEST_F(LogRecovery, FilesThatVanishBeneathTheProcessAreFatal) {
  MustOpen();
  ASSERT_TRUE(Append().ok());
  std::filesystem::remove_all(directory_ / "log");
  EXPECT_EQ(Append().code(), Code::fatal);
}

}  // namespace
}  // namespace sluice
