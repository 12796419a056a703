#include "sources/simulator/schedule.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Timestamp kScheduleStart = FromMicros(1'760'000'000'000'000);

Schedule AtRate(double rate, int64_t devices = 1) {
  return Schedule({.name = "", .devices = devices, .rate = rate});
}

Schedule InBursts(Duration every, int64_t devices, int64_t burst) {
  return Schedule({.name = "", .devices = devices, .every = every, .burst = burst});
}

TEST(ScheduleTest, ARateIsSpreadEvenlyOverTheSecond) {
  const Schedule schedule = AtRate(200);
  const Anchor anchor{kScheduleStart, 0};
  EXPECT_EQ(schedule.Due(anchor, 0), kScheduleStart);
  EXPECT_EQ(schedule.Due(anchor, 1), kScheduleStart + milliseconds(5));
  EXPECT_EQ(schedule.Due(anchor, 200), kScheduleStart + seconds(1));
}

TEST(ScheduleTest, ARateThatDividesNothingDoesNotDriftInAYear) {
  const Anchor anchor{kScheduleStart, 0};
  EXPECT_EQ(AtRate(3).DueEnd(anchor, kScheduleStart + hours(8760) - Duration(1)), int64_t{3} * 3600 * 8760);
  EXPECT_EQ(AtRate(0.1).Due(anchor, 3), kScheduleStart + seconds(30));
  EXPECT_EQ(AtRate(1e6 / 7).DueEnd(anchor, kScheduleStart + seconds(700'000) - Duration(1)), 100'000'000'000);
}

TEST(ScheduleTest, DueEndIsTheFirstSlotThatIsNotDue) {
  const Anchor anchor{kScheduleStart, 17};
  for (const double rate : {0.3, 1.0, 7.0, 333.33, 1e6, 3e6}) {
    const Schedule schedule = AtRate(rate);
    for (int64_t micros = 0; micros < 5'000'000; micros = micros * 2 + 1) {
      const int64_t end = schedule.DueEnd(anchor, kScheduleStart + Duration(micros));
      EXPECT_GT(schedule.Due(anchor, end), kScheduleStart + Duration(micros)) << rate;
      EXPECT_LE(schedule.Due(anchor, end - 1), kScheduleStart + Duration(micros)) << rate;
    }
  }
  EXPECT_EQ(AtRate(1).DueEnd(anchor, kScheduleStart - seconds(5)), 17);
}

TEST(ScheduleTest, DevicesTakeTurns) {
  const Schedule schedule = AtRate(10, 3);
  EXPECT_EQ(schedule.Device(0), 0);
  EXPECT_EQ(schedule.Device(4), 1);
  EXPECT_EQ(schedule.Number(4), 1);
}

TEST(ScheduleTest, ATickHasAllReadingsOfAllDevicesAtOnce) {
  const Schedule schedule = InBursts(seconds(60), 2, 3);
  const Anchor anchor{kScheduleStart, 0};
  EXPECT_EQ(schedule.DueEnd(anchor, kScheduleStart), 6);
  EXPECT_EQ(schedule.DueEnd(anchor, kScheduleStart + seconds(59)), 6);
  EXPECT_EQ(schedule.DueEnd(anchor, kScheduleStart + seconds(60)), 12);
  EXPECT_EQ(schedule.Device(3), 1);
  EXPECT_EQ(schedule.Number(3), 0);
  EXPECT_EQ(schedule.Number(8), 5);
  EXPECT_EQ(schedule.Due(anchor, 8), kScheduleStart + seconds(60) + Duration(2));
}

TEST(ScheduleTest, AShortDelayIsMadeUpInFull) {
  const Anchor anchor{kScheduleStart, 0};
  EXPECT_EQ(AtRate(5).Follow(anchor, 10, kScheduleStart + seconds(11)), anchor);
}

TEST(ScheduleTest, ALongStallIsMadeUpForTenSeconds) {
  const Anchor followed = AtRate(5).Follow({kScheduleStart, 0}, 10, kScheduleStart + hours(2));
  EXPECT_EQ(followed, (Anchor{kScheduleStart + hours(2) - seconds(10), 10}));
}

TEST(ScheduleTest, MissedTicksAreLeftOutAndTheRestStayOnTheirTimes) {
  const Schedule schedule = InBursts(seconds(60), 2, 1);
  const Anchor followed =
      schedule.Follow({kScheduleStart, 0}, 2, kScheduleStart + seconds(300) + milliseconds(5));
  EXPECT_EQ(followed, (Anchor{kScheduleStart + seconds(300), 2}));
  const Anchor waiting = schedule.Follow({kScheduleStart, 0}, 2, kScheduleStart + seconds(30));
  EXPECT_EQ(schedule.Due(waiting, 2), kScheduleStart + seconds(60));
}

TEST(ScheduleTest, AClockSetBackDoesNotSilenceTheDevices) {
  const Anchor followed = AtRate(5).Follow({kScheduleStart, 0}, 10, kScheduleStart - hours(1));
  EXPECT_EQ(followed, (Anchor{kScheduleStart - hours(1), 10}));
}

TEST(ScheduleTest, ARestartInATickGoesOnInsideIt) {
  const Schedule schedule = InBursts(seconds(60), 2, 3);
  const Anchor at = schedule.At({kScheduleStart, 0}, 8);
  EXPECT_EQ(at, (Anchor{kScheduleStart + seconds(60), 6}));
  EXPECT_EQ(schedule.Due(at, 8), schedule.Due({kScheduleStart, 0}, 8));
}

}  // namespace
}  // namespace sluice
