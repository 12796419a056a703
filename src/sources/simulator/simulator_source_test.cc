#include "sources/simulator/simulator_source.h"

#include <gmock/gmock.h>

#include "sources/simulator/simulator_state.h"
#include "testing/fake_log.h"
#include "testing/streams.h"

namespace sluice {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class SimulatorSourceTest : public testing::Test {
 protected:
  std::unique_ptr<SimulatorSource> Start(SimulatorSpec spec) {
    spec.name = "devices";
    spec.seed = 42;
    auto source = SimulatorSource::Make(std::move(spec), *intake_);
    EXPECT_TRUE(source.ok()) << source.status().message();
    return *std::move(source);
  }

  // Steps until `time`, as virtual time would.
  void RunUntil(SimulatorSource& source, Timestamp time) {
    while (true) {
      const StepResult result = source.Step(now_);
      if (result.progress) continue;
      if (result.again > time) break;
      now_ = std::max(now_ + Duration(1), result.again);
    }
    now_ = time;
  }

  // As if nothing had ever run.
  void ForgetAll() {
    intake_.reset();
    log_ = std::make_unique<FakeLog>();
    intake_ = std::make_unique<Intake>(stream_, *log_, 1 << 20);
  }

  int64_t Count() { return log_->Count("readings"); }
  std::vector<Batch> Batches() { return log_->Appended("readings"); }

  std::vector<int64_t> Times() {
    std::vector<int64_t> times;
    for (const Batch& batch : Batches()) {
      const auto& column = static_cast<const arrow::TimestampArray&>(*batch.rows->column(1));
      for (int64_t i = 0; i < column.length(); ++i) times.push_back(column.Value(i));
    }
    return times;
  }

  const StreamSpec stream_ = ReadingsStream();
  std::unique_ptr<FakeLog> log_ = std::make_unique<FakeLog>();
  std::unique_ptr<Intake> intake_ = std::make_unique<Intake>(stream_, *log_, 1 << 20);
  Timestamp now_ = FromMicros(1'760'000'000'000'000);
  const Timestamp start_ = now_;
};

TEST_F(SimulatorSourceTest, ARateIsExactInVirtualTime) {
  const auto source = Start({.devices = 50, .rate = 200});
  RunUntil(*source, start_ + seconds(60) - Duration(1));
  RunUntil(*source, start_ + seconds(60) + SimulatorSource::kGather);
  const std::vector<int64_t> times = Times();
  ASSERT_GE(times.size(), 12000U);
  for (size_t i = 0; i < times.size(); ++i) {
    ASSERT_EQ(times[i], ToMicros(start_) + static_cast<int64_t>(i) * 5000) << i;
  }
  EXPECT_LE(Batches().size(), 1203U) << "gathered, not one append for each reading";
}

TEST_F(SimulatorSourceTest, BurstsComeAtTheirTicks) {
  const auto source = Start({.devices = 10, .every = seconds(60), .burst = 3});
  RunUntil(*source, start_ + seconds(59));
  EXPECT_EQ(Count(), 30);
  RunUntil(*source, start_ + seconds(61));
  EXPECT_EQ(Count(), 60);
}

TEST_F(SimulatorSourceTest, CountIsExactAndTheSourceFinishesWhenItIsDurable) {
  log_->Hold();
  const auto source =
      Start({.devices = 3, .rate = 1000, .count = 100, .faults = {.gap = 0.2, .duplicate = 0.2}});
  for (int i = 0; i < 1000; ++i) {
    now_ += milliseconds(10);
    source->Step(now_);
    EXPECT_LE(log_->Held(), 1U);
    if (i % 3 == 0) {
      EXPECT_EQ(source->Finished(), Count() == 100);
      log_->Release();
      log_->Hold();
    }
  }
  EXPECT_TRUE(source->Finished());
  EXPECT_EQ(Count(), 100);
}

TEST_F(SimulatorSourceTest, NothingIsTakenAgainAfterACrashAtAnyStep) {
  for (int crash_after = 0; crash_after < 40; ++crash_after) {
    ForgetAll();
    const SimulatorSpec spec{
        .devices = 7, .rate = 500, .count = 300, .values = {{"temperature", WalkValues{}}}};
    auto source = Start(spec);
    for (int step = 0; step < 400 && !source->Finished(); ++step) {
      if (step % 40 == crash_after) {
        if (step % 80 == crash_after) log_->Hold();  // every other time the last append never reaches the log
        source->Step(now_);
        log_->DropHeld();
        source = Start(spec);
      }
      source->Step(now_ += milliseconds(20));
    }
    EXPECT_TRUE(source->Finished()) << crash_after;
    EXPECT_EQ(Count(), 300) << crash_after;
  }
}

TEST_F(SimulatorSourceTest, ARestartGoesOnWithTheSameReadings) {
  const SimulatorSpec spec{.devices = 2, .rate = 100, .values = {{"temperature", WalkValues{}}}};
  const auto whole = Start(spec);
  RunUntil(*whole, start_ + seconds(10));
  const std::vector<Batch> uninterrupted = Batches();
  ForgetAll();
  now_ = start_;
  RunUntil(*Start(spec), start_ + seconds(5));
  RunUntil(*Start(spec), start_ + seconds(10));
  arrow::RecordBatchVector before, after;
  for (const Batch& batch : uninterrupted) before.push_back(batch.rows);
  for (const Batch& batch : Batches()) after.push_back(batch.rows);
  const auto one = *arrow::ConcatenateRecordBatches(before);
  const auto two = *arrow::ConcatenateRecordBatches(after);
  EXPECT_TRUE(one->Slice(0, 990)->Equals(*two->Slice(0, 990)));
}

TEST_F(SimulatorSourceTest, AFullLogIsAskedAgainWithTheSameBatch) {
  const auto source = Start({.rate = 100});
  log_->SetFull(true);
  EXPECT_LT(source->Step(now_).again, now_ + seconds(1));
  EXPECT_EQ(source->Health().code(), Code::retry);
  now_ += seconds(1);
  source->Step(now_);
  log_->SetFull(false);
  RunUntil(*source, now_ + milliseconds(200));
  EXPECT_TRUE(source->Health().ok());
  EXPECT_EQ(Times().front(), ToMicros(start_));
}

TEST_F(SimulatorSourceTest, AFailedAppendIsRepeatedOnce) {
  const auto source = Start({.rate = 10, .count = 5});
  log_->FailNext(Status::Retry("disk full"));
  source->Step(now_);
  source->Step(now_);
  EXPECT_THAT(source->Health().message(), HasSubstr("disk full"));
  RunUntil(*source, now_ + seconds(5));
  EXPECT_TRUE(source->Finished());
  EXPECT_EQ(Count(), 5);
}

TEST_F(SimulatorSourceTest, AStallIsMadeUpForAtMostTenSeconds) {
  const auto source = Start({.rate = 100});
  RunUntil(*source, start_ + seconds(1));
  now_ += hours(1);
  RunUntil(*source, now_ + seconds(1));
  EXPECT_LE(Count(), 1210);
  EXPECT_GE(Count(), 1150);
}

TEST_F(SimulatorSourceTest, AYoungerRunOfTheSameSimulatorStopsTheOlder) {
  const auto older = Start({.rate = 100});
  RunUntil(*older, start_ + seconds(1));
  const auto younger = Start({.rate = 100});
  RunUntil(*younger, start_ + seconds(2));
  const int64_t count = Count();
  RunUntil(*older, start_ + seconds(3));
  EXPECT_EQ(older->Health().code(), Code::lost);
  EXPECT_EQ(Count(), count);
}

TEST_F(SimulatorSourceTest, AClaimThatFailsIsTriedAgain) {
  log_->RefuseClaims(true);
  const auto source = Start({.rate = 100});
  EXPECT_EQ(source->Step(now_).again, now_ + seconds(1));
  EXPECT_EQ(source->Health().code(), Code::retry);
  log_->RefuseClaims(false);
  RunUntil(*source, now_ + seconds(2));
  EXPECT_TRUE(source->Health().ok());
}

TEST_F(SimulatorSourceTest, DrainWaitsForTheAppendUnderWayAndMakesNoMore) {
  log_->Hold();
  const auto source = Start({.rate = 100});
  source->Step(now_);
  source->Drain();
  EXPECT_FALSE(source->Drained());
  log_->Release();
  EXPECT_TRUE(source->Drained());
  source->Step(now_ + seconds(1));
  EXPECT_EQ(log_->Held(), 0U);
}

TEST_F(SimulatorSourceTest, ACompletionWakesTheTask) {
  log_->Hold();
  const auto source = Start({.rate = 100});
  int woken = 0;
  source->SetWaker([&] { ++woken; });
  EXPECT_EQ(source->Step(now_).again, kMaxTime);
  log_->Release();
  EXPECT_EQ(woken, 1);
}

TEST_F(SimulatorSourceTest, ASpecThatCannotWorkIsRefusedWithTheSourcesName) {
  const auto source = SimulatorSource::Make({.name = "devices", .devices = 0}, *intake_);
  ASSERT_FALSE(source.ok());
  EXPECT_EQ(source.status().message(), "source.devices: devices must be at least 1");
}

TEST(SimulatorStateTest, IsReadBackAsItWasWritten) {
  const SimulatorState state{.slot = 12, .anchor = {FromMicros(-5), 7}, .fleet = std::string("\0\n 1", 4)};
  EXPECT_EQ(ParseSimulatorState(FormatSimulatorState(state)), state);
  EXPECT_FALSE(ParseSimulatorState(""));
  EXPECT_FALSE(ParseSimulatorState("1 2"));
}

}  // namespace
}  // namespace sluice
