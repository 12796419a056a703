#include "sources/simulator/device_fleet.h"

#include <cmath>

#include <gmock/gmock.h>

#include "testing/streams.h"

namespace sluice {
namespace {

using testing::HasSubstr;

const Timestamp kStart = FromMicros(1'760'000'000'000'000);

StreamSpec WideStream() {
  StreamSpec stream;
  stream.name = "wide";
  stream.fields = {{"id", FieldType::integer, true}, {"at", FieldType::timestamp, true},
                   {"level", FieldType::integer},    {"on", FieldType::boolean},
                   {"state", FieldType::text},       {"load", FieldType::number},
                   {"note", FieldType::json}};
  stream.key = 0;
  stream.time = 1;
  return stream;
}

// `slots` readings of two devices in turn, a second apart.
Batch MadeBy(DeviceFleet& fleet, int64_t slots, int64_t from = 0) {
  for (int64_t slot = from; slot < from + slots; ++slot) {
    fleet.Add({slot, slot % 2, slot / 2, kStart + std::chrono::seconds(slot)}, 10);
  }
  return fleet.Finish();
}

std::unique_ptr<DeviceFleet> Fleet(const StreamSpec& stream, std::map<std::string, Generator> values,
                                   SimulatorFaults faults = {}, uint64_t seed = 7) {
  auto fleet = DeviceFleet::Make({.name = "f", .devices = 2, .values = std::move(values), .faults = faults},
                                 stream, seed);
  EXPECT_TRUE(fleet.ok()) << fleet.status().message();
  return *std::move(fleet);
}

std::string Refusal(const StreamSpec& stream, std::map<std::string, Generator> values) {
  const auto fleet = DeviceFleet::Make({.name = "f", .values = std::move(values)}, stream, 1);
  return fleet.ok() ? "" : fleet.status().message();
}

std::vector<double> Numbers(const Batch& batch, int column) {
  const auto& array = static_cast<const arrow::DoubleArray&>(*batch.rows->column(column));
  return {array.raw_values(), array.raw_values() + array.length()};
}

TEST(DeviceFleetTest, KeysAreNamesAndTimesAreThoseOfTheSlots) {
  const StreamSpec stream = ReadingsStream();
  const Batch batch = MadeBy(*Fleet(stream, {}), 3);
  EXPECT_EQ(batch.rows->column(0)->ToString(), "[\n  \"sensor-1\",\n  \"sensor-2\",\n  \"sensor-1\"\n]");
  const auto& times = static_cast<const arrow::TimestampArray&>(*batch.rows->column(1));
  EXPECT_EQ(times.Value(2), ToMicros(kStart + std::chrono::seconds(2)));
  EXPECT_EQ(batch.rows->column(2)->null_count(), 3) << "a field without generator is null";
  EXPECT_TRUE(batch.rows->ValidateFull().ok());
}

TEST(DeviceFleetTest, EveryTypeIsFilledFromItsGenerator) {
  const StreamSpec stream = WideStream();
  const Batch batch = MadeBy(*Fleet(stream, {{"level", CounterValues{.start = 10.4, .step = 2}},
                                             {"on", ChoiceValues{{"true"}}},
                                             {"state", ChoiceValues{{"idle"}}},
                                             {"load", UniformValues{1, 2}}}),
                             4);
  EXPECT_EQ(batch.rows->column(0)->ToString(), "[\n  1,\n  2,\n  1,\n  2\n]");
  EXPECT_EQ(batch.rows->column(2)->ToString(), "[\n  10,\n  10,\n  12,\n  12\n]");
  EXPECT_TRUE(static_cast<const arrow::BooleanArray&>(*batch.rows->column(3)).Value(0));
  EXPECT_EQ(static_cast<const arrow::StringArray&>(*batch.rows->column(4)).GetView(3), "idle");
  for (const double load : Numbers(batch, 5)) EXPECT_TRUE(load >= 1 && load < 2);
}

TEST(DeviceFleetTest, TheSameSeedMakesTheSameReadingsHoweverTheyAreCut) {
  const StreamSpec stream = ReadingsStream();
  const std::map<std::string, Generator> values = {{"temperature", WalkValues{20, 0.1, -10, 40}},
                                                   {"humidity", NormalValues{50, 5}}};
  const SimulatorFaults faults{.spike = 0.1, .stuck = 0.2, .gap = 0.1, .late = 0.1, .duplicate = 0.1};
  const auto once = Fleet(stream, values, faults);
  const auto twice = Fleet(stream, values, faults);
  const Batch whole = MadeBy(*once, 500);
  const Batch first = MadeBy(*twice, 123);
  const Batch second = MadeBy(*twice, 377, 123);
  EXPECT_TRUE(whole.rows->Slice(0, first.Count())->Equals(*first.rows));
  EXPECT_TRUE(whole.rows->Slice(first.Count())->Equals(*second.rows));
  EXPECT_FALSE(MadeBy(*Fleet(stream, values, faults, 8), 500).rows->Equals(*whole.rows));
}

TEST(DeviceFleetTest, AWalkGoesOnFromItsState) {
  const StreamSpec stream = ReadingsStream();
  const std::map<std::string, Generator> values = {{"temperature", WalkValues{20, 0.1, {}, {}}}};
  const auto first = Fleet(stream, values);
  MadeBy(*first, 100);
  const auto second = Fleet(stream, values);
  second->Restore(first->State());
  EXPECT_TRUE(MadeBy(*first, 50, 100).rows->Equals(*MadeBy(*second, 50, 100).rows));
}

TEST(DeviceFleetTest, AWalkStaysWithinItsBoundsAndItsStep) {
  const StreamSpec stream = ReadingsStream();
  const Batch batch = MadeBy(*Fleet(stream, {{"temperature", WalkValues{20, 3, 18, 22}}}), 2000);
  const std::vector<double> walk = Numbers(batch, 2);
  for (size_t i = 2; i < walk.size(); ++i) {
    EXPECT_TRUE(walk[i] >= 18 && walk[i] <= 22);
    EXPECT_LE(std::abs(walk[i] - walk[i - 2]), 3);
  }
}

TEST(DeviceFleetTest, ASineFollowsTheEventTime) {
  const StreamSpec stream = ReadingsStream();
  const auto fleet = Fleet(stream, {{"humidity", SineValues{50, 20, std::chrono::hours(1), 0}}});
  fleet->Add({0, 0, 0, FromMicros(0)}, 1);
  fleet->Add({1, 1, 0, FromMicros(0) + std::chrono::minutes(15)}, 1);
  fleet->Add({2, 0, 1, FromMicros(0) + std::chrono::hours(24 * 365) + std::chrono::minutes(45)}, 1);
  const std::vector<double> sine = Numbers(fleet->Finish(), 3);
  EXPECT_NEAR(sine[0], 50, 1e-9);
  EXPECT_NEAR(sine[1], 70, 1e-9);
  EXPECT_NEAR(sine[2], 30, 1e-9);
}

TEST(DeviceFleetTest, FaultsTouchTheirShareOfReadings) {
  const StreamSpec stream = ReadingsStream();
  const std::map<std::string, Generator> values = {{"temperature", UniformValues{0, 1}}};
  EXPECT_NEAR(MadeBy(*Fleet(stream, values, {.gap = 0.2}), 20000).Count(), 16000, 1000);
  EXPECT_NEAR(MadeBy(*Fleet(stream, values, {.duplicate = 0.2}), 20000).Count(), 24000, 1000);
  const std::vector<double> spiked = Numbers(MadeBy(*Fleet(stream, values, {.spike = 0.1}), 20000), 2);
  EXPECT_NEAR(std::count_if(spiked.begin(), spiked.end(), [](double v) { return v < 0 || v > 1; }), 2000,
              300);
  const std::vector<double> stuck = Numbers(MadeBy(*Fleet(stream, values, {.stuck = 0.3}), 20000), 2);
  int64_t same = 0;
  for (size_t i = 2; i < stuck.size(); ++i) same += stuck[i] == stuck[i - 2] ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(same), 6000, 800);
}

TEST(DeviceFleetTest, LateReadingsBearAnOlderTime) {
  const StreamSpec stream = ReadingsStream();
  const Batch batch = MadeBy(*Fleet(stream, {}, {.late = 1, .late_by = std::chrono::seconds(5)}), 100);
  const auto& times = static_cast<const arrow::TimestampArray&>(*batch.rows->column(1));
  for (int64_t i = 0; i < times.length(); ++i) {
    const Timestamp due = kStart + std::chrono::seconds(i);
    EXPECT_LT(times.Value(i), ToMicros(due));
    EXPECT_GE(times.Value(i), ToMicros(due - std::chrono::seconds(5)));
  }
}

TEST(DeviceFleetTest, ValuesThatDoNotFitAreRefusedByName) {
  StreamSpec stream = WideStream();
  EXPECT_THAT(Refusal(stream, {{"lvel", CounterValues{}}}),
              HasSubstr("values.lvel: stream 'wide' has no such field"));
  EXPECT_THAT(Refusal(stream, {{"id", CounterValues{}}}), HasSubstr("the key is the device's name"));
  EXPECT_THAT(Refusal(stream, {{"at", CounterValues{}}}), HasSubstr("the schedule"));
  EXPECT_THAT(Refusal(stream, {{"state", WalkValues{}}}), HasSubstr("a string comes from choice"));
  EXPECT_THAT(Refusal(stream, {{"on", SineValues{}}}), HasSubstr("a bool comes from choice or uniform"));
  EXPECT_THAT(Refusal(stream, {{"note", ChoiceValues{{"{}"}}}}), HasSubstr("nothing generates a json"));
  EXPECT_THAT(Refusal(stream, {{"level", ChoiceValues{{"1.5"}}}}), HasSubstr("\"1.5\" is not a int"));
  EXPECT_THAT(Refusal(stream, {{"load", UniformValues{2, 1}}}), HasSubstr("max must not be below min"));
  EXPECT_THAT(Refusal(stream, {{"load", WalkValues{50, 1, 0, 40}}}), HasSubstr("start of a walk"));
  stream.fields[5].required = true;
  EXPECT_THAT(Refusal(stream, {}), HasSubstr("field 'load' is required"));
}

}  // namespace
}  // namespace sluice
