// Two processes' jobs of one stream, as an assignment moves partitions between them.
#include <gtest/gtest.h>

#include "engine/job.h"
#include "log/embedded/embedded_log.h"
#include "log/partitioner.h"
#include "testing/fake_sink.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

// Says what it is told.
class ToldAssignment : public Assignment {
 public:
  explicit ToldAssignment(const Result<Assigned>& told) : told_(told) {}
  Result<Assigned> Now() override { return told_; }

 private:
  const Result<Assigned>& told_;
};

std::string SensorOf(PartitionId partition) {
  for (int i = 0;; ++i) {
    const std::string sensor = "sensor-" + std::to_string(i);
    if (PartitionOf(sensor, 2) == partition) return sensor;
  }
}

// Whether the jobs read ahead.
class JobShares : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    auto opened = OpenEmbeddedLog({.directory = dir_ / "log", .background = false, .clock = &clock_});
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    log_ = *std::move(opened);
    ASSERT_TRUE(log_->Declare(stream_).ok());
    first_ = Join(of_first_);
    second_ = Join(of_second_);
  }
  std::unique_ptr<Job> Join(const Result<Assigned>& told) {
    return std::make_unique<Job>("store.readings", stream_, *log_, sink_,
                                 JobOptions{.flush_rows = 1, .read_ahead = GetParam()},
                                 std::make_unique<ToldAssignment>(told));
  }
  void AppendToBoth() {
    for (const PartitionId partition : {0, 1}) {
      const Status taken =
          log_->Append("readings", CountingBatch(5, SensorOf(partition)), {}, [](AppendOutcome) {});
      ASSERT_TRUE(taken.ok()) << taken.message();
      appended_ += 5;
    }
  }
  void Settle(Job& job) {
    while (job.Step(clock_.Now()).progress) {
    }
  }
  void ExpectEverythingOnce() { EXPECT_EQ(sink_.positions().size(), appended_); }

  ManualClock clock_;
  const TempDir dir_;
  const StreamSpec stream_ = ReadingsStream(2);
  std::unique_ptr<Log> log_;
  FakeSink sink_;
  Result<Assigned> of_first_ = Assigned{.generation = 0, .partitions = {0, 1}};
  Result<Assigned> of_second_ = Status::Retry("joining");
  std::unique_ptr<Job> first_;
  std::unique_ptr<Job> second_;
  size_t appended_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Reading, JobShares, testing::Bool(), [](const auto& ahead) {
  return ahead.param ? std::string("Ahead") : std::string("AtCommit");
});

TEST_P(JobShares, MoveFromOneToTheOther) {
  AppendToBoth();
  Settle(*first_);
  of_first_ = Assigned{.generation = 1, .partitions = {0}};
  of_second_ = Assigned{.generation = 0, .partitions = {1}};
  AppendToBoth();
  Settle(*second_);
  Settle(*first_);
  EXPECT_EQ(first_->Positions().size(), 1u);
  EXPECT_EQ(second_->Positions().size(), 1u);
  ExpectEverythingOnce();
}

TEST_P(JobShares, AreNotTakenBackByOneThatHasNotHeardYet) {
  AppendToBoth();
  Settle(*first_);
  of_second_ = Assigned{.generation = 0, .partitions = {0, 1}};
  AppendToBoth();
  Settle(*second_);
  AppendToBoth();
  Settle(*first_);
  EXPECT_NE(first_->Health().message().find("another process"), std::string::npos);
  EXPECT_FALSE(first_->Claimed());
  Settle(*second_);
  EXPECT_TRUE(second_->Health().ok()) << "nobody fenced it";
  ExpectEverythingOnce();
}

TEST_P(JobShares, ComeBackWithTheNextAssignment) {
  AppendToBoth();
  of_second_ = Assigned{.generation = 0, .partitions = {0, 1}};
  Settle(*first_);
  Settle(*second_);
  AppendToBoth();
  Settle(*first_);
  of_first_ = Assigned{.generation = 1, .partitions = {0, 1}};
  Settle(*first_);
  EXPECT_TRUE(first_->Health().ok() && first_->Claimed());
  ExpectEverythingOnce();
}

TEST_P(JobShares, AreTakenUpAgainWhenWhoTookThemHasLetGo) {
  AppendToBoth();
  Settle(*first_);
  of_second_ = Assigned{.generation = 0, .partitions = {1}};  // a claim that came late
  Settle(*second_);
  of_second_ = Assigned{.generation = 1, .partitions = {}};
  Settle(*second_);
  AppendToBoth();
  Settle(*first_);
  EXPECT_FALSE(first_->Claimed());
  EXPECT_LE(first_->Step(clock_.Now()).again, clock_.Now() + JobOptions().flush_every)
      << "a new share comes sooner";
  clock_.Advance(std::chrono::seconds(6));
  Settle(*first_);
  EXPECT_TRUE(first_->Health().ok() && first_->Claimed());
  ExpectEverythingOnce();
}

TEST_P(JobShares, AreHandedOverAtOnceByAProcessThatStopsWhereOthersGoOn) {
  Job leaving("store.readings", stream_, *log_, sink_, JobOptions{.flush_rows = 1, .hands_over = true},
              std::make_unique<ToldAssignment>(of_first_));
  AppendToBoth();
  Settle(leaving);
  AppendToBoth();
  leaving.Drain();
  Settle(leaving);
  EXPECT_TRUE(leaving.Drained()) << "what waits is the others'";
  Settle(*first_);
  ExpectEverythingOnce();
}

TEST_P(JobShares, BeyondTheDeclaredPartitionsAreToldAndTheOthersGoOn) {
  of_first_ = Assigned{.generation = 0, .partitions = {0, 1, 2}};
  AppendToBoth();
  Settle(*first_);
  EXPECT_NE(first_->Health().message().find("partition 2 is more than the 2"), std::string::npos);
  AppendToBoth();
  first_->Drain();
  EXPECT_FALSE(first_->Drained()) << "it waits, and is not ill";
  Settle(*first_);
  EXPECT_TRUE(first_->Drained());
  ExpectEverythingOnce();
}

TEST_P(JobShares, AreWaitedForAndGivenUpForGood) {
  AppendToBoth();
  Settle(*second_);
  EXPECT_EQ(second_->Health().code(), Code::retry);
  EXPECT_FALSE(second_->Claimed()) << "so that nobody takes its backlog for empty";
  of_second_ = Status::Reject("another process took this name");
  Settle(*second_);
  of_second_ = Assigned{.generation = 5, .partitions = {0, 1}};
  Settle(*second_);
  EXPECT_EQ(second_->Health().code(), Code::reject);
}

}  // namespace
}  // namespace sluice
