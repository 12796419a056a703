#include "sinks/store/summary_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/streams.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

SummarySpec SummaryOf(const std::vector<std::string>& values) {
  SummarySpec summary{.name = "m", .stream = "readings", .every = std::chrono::minutes(1)};
  for (const std::string& value : values) summary.values.push_back(*ParseSummaryValue("x", value));
  return summary;
}
std::vector<std::string> NamesOf(const SummarySpec& summary) {
  const std::vector<SummaryPart> parts = *PlanSummary(summary, ReadingsStream());
  std::vector<std::string> names;
  for (const SummaryPart& part : parts) names.push_back(part.Name());
  return names;
}

TEST(PlanSummary, KeepsEachPartOnceForAllValuesThatNeedIt) {
  EXPECT_THAT(NamesOf(SummaryOf({"count(*)"})), ElementsAre("n"));
  EXPECT_THAT(NamesOf(SummaryOf({"avg(temperature)", "stddev(temperature)", "max(humidity)"})),
              ElementsAre("n", "f0_n", "f0_s", "f0_t", "f0_m2", "f2_max"));
  EXPECT_THAT(NamesOf(SummaryOf({"first(sensor_id)", "last(sensor_id)"})),
              ElementsAre("n", "f0_first", "f0_first_o", "f0_last", "f0_last_o"));
}

TEST(PlanSummary, NamesWhatCannotBeKept) {
  const auto fault = [](const SummarySpec& summary) {
    return PlanSummary(summary, ReadingsStream()).status().message();
  };
  EXPECT_THAT(fault(SummaryOf({"avg(sensor_id)"})), HasSubstr("summary 'm': avg(sensor_id) needs a number"));
  EXPECT_THAT(fault(SummaryOf({"max(pressure)"})), HasSubstr("'pressure' is no field"));
  SummarySpec by = SummaryOf({"count(*)"});
  by.by = {"nobody"};
  EXPECT_THAT(fault(by), HasSubstr("`by` names no field: 'nobody'"));
}

}  // namespace
}  // namespace sluice
