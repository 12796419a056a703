#include "sources/file/pace.h"

#include "sources/file/file_fixture.h"

namespace sluice {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

const Timestamp kNow = FromMicros(1'760'000'000'000'000);
const Timestamp kFirst = FromMicros(100'000'000);

Pace PaceFromFirst() { return {.base = {kFirst, kNow}, .behind_gap = {}}; }

TEST(PaceTest, AReadingIsDueAsFarFromTheFirstAsItsEventTimeSays) {
  Pace pace = PaceFromFirst();
  EXPECT_EQ(PaceNext(&pace, 1, kFirst + seconds(5), kNow), kNow + seconds(5));
  EXPECT_EQ(PaceNext(&pace, 10, kFirst + seconds(5), kNow), kNow + milliseconds(500));
  EXPECT_EQ(PaceNext(&pace, 1, kFirst - seconds(5), kNow), kNow) << "late, and brought in at once";
  EXPECT_EQ(pace.gaps, 0);
}

TEST(PaceTest, AGapLongerThanTheLongestWaitIsSkippedAndThePaceGoesOnBehindIt) {
  Pace pace = PaceFromFirst();
  EXPECT_EQ(PaceNext(&pace, 1, kFirst + hours(9), kNow), kNow);
  EXPECT_EQ(PaceNext(&pace, 1, kFirst + hours(9) + seconds(3), kNow), kNow + seconds(3));
  EXPECT_EQ(PaceNext(&pace, 60, kFirst + hours(59), kNow), kNow + std::chrono::minutes(59))
      << "short at that speed";
  EXPECT_EQ(pace.gaps, 1);
}

TEST(PaceTest, AfterAClockThatWasWrongThePaceIsWhatItWas) {
  Pace pace = PaceFromFirst();
  for (const Timestamp wrong : {kMaxTime, kMinTime}) {
    EXPECT_LE(PaceNext(&pace, 1, wrong, kNow), kNow);
    EXPECT_EQ(PaceNext(&pace, 1, kFirst + seconds(2), kNow), kNow + seconds(2));
  }
}

TEST(PaceTest, AFirstReadingFromTheFutureMakesNoRushOfTheOthers) {
  Pace pace{.base = {kMaxTime, kNow}, .behind_gap = {}};
  EXPECT_EQ(PaceNext(&pace, 1, kFirst, kNow), kNow);
  EXPECT_EQ(PaceNext(&pace, 1, kFirst + seconds(7), kNow), kNow + seconds(7));
}

TEST_F(FileSourceTest, SpeedPacesByEventTime) {
  const auto source = Start({.path = dir_.Write("a.csv", Lines(100, 200)), .speed = 10});
  Run(*source, seconds(0));
  EXPECT_THAT(Brought(), ElementsAre(100));
  Run(*source, seconds(5) + milliseconds(60));
  EXPECT_EQ(Brought().size(), 51U);
  Run(*source, seconds(5));
  EXPECT_TRUE(source->Finished());
}

TEST_F(FileSourceTest, ShiftToNowKeepsItsShiftOverARestart) {
  const FileSourceSpec spec{.path = dir_.Write("a.csv", Lines(100, 120)), .speed = 1, .shift_to_now = true};
  const Timestamp start = now_;
  Run(*Start(spec), seconds(5));
  Run(*Start(spec), seconds(30));
  int64_t expected = ToMicros(start);
  for (const Batch& batch : log_->Appended("readings")) {
    const auto& times = static_cast<const arrow::TimestampArray&>(*batch.rows->column(1));
    for (int64_t i = 0; i < times.length(); ++i, expected += 1'000'000) EXPECT_EQ(times.Value(i), expected);
  }
  EXPECT_EQ(Count(), 20);
}

TEST_F(FileSourceTest, AFarFutureTimeHoldsUpNobody) {
  const std::string text = "100\n101\n250000000000\n102\n103\n";
  const auto source = Start({.path = dir_.Write("a.csv", text), .speed = 1});
  Run(*source, milliseconds(1500));
  EXPECT_THAT(Brought(), ElementsAre(100, 101, 250000000000.0));
  Run(*source, seconds(2));
  EXPECT_THAT(Brought(), ElementsAre(100, 101, 250000000000.0, 102, 103));
  EXPECT_TRUE(source->Finished());
}

}  // namespace
}  // namespace sluice
