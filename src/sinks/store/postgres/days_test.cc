#include "sinks/store/postgres/days.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schema.h"

namespace sluice::pg {
namespace {

using ::testing::ElementsAre;

constexpr Timestamp kNoon = FromMicros(1'760'011'200'000'000);  // 2025-10-09T12:00:00Z

TEST(Days, BeginAtMidnightAlsoBeforeTheEpoch) {
  EXPECT_EQ(StartOf(DayOf(kNoon)), kNoon - std::chrono::hours(12));
  EXPECT_EQ(DayOf(FromMicros(0)), 0);
  EXPECT_EQ(DayOf(FromMicros(-1)), -1);
}

TEST(Days, TablesBearTheDayAndAreReadBack) {
  EXPECT_EQ(DayTable("readings", DayOf(kNoon)), "sluice_readings_20251009");
  EXPECT_EQ(DayOfTable("readings", "sluice_readings_20251009"), DayOf(kNoon));
  const std::string long_name(48, 'x');
  EXPECT_EQ(DayTable(long_name, DayOf(kNoon)), "sluice_" + long_name + "_20370");
  EXPECT_EQ(DayOfTable(long_name, "sluice_" + long_name + "_20370"), DayOf(kNoon));
  EXPECT_EQ(DayOfTable("readings", "sluice_readings_x"), std::nullopt);
  EXPECT_EQ(DayOfTable("readings", "sluice_parts_m"), std::nullopt);
}

TEST(Days, OfAColumnAreEachDayOnce) {
  arrow::TimestampBuilder times(ArrowType(FieldType::timestamp), arrow::default_memory_pool());
  const int64_t noon = ToMicros(kNoon);
  const int64_t day = 86'400'000'000;
  ASSERT_TRUE(times.AppendValues({noon, noon + 1, noon + day, noon - day, noon}).ok());
  const auto column = *times.Finish();
  const Day today = DayOf(kNoon);
  EXPECT_THAT(DaysOf(static_cast<const arrow::TimestampArray&>(*column)),
              ElementsAre(today - 1, today, today + 1));
}

}  // namespace
}  // namespace sluice::pg
