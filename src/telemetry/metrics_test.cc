#include "telemetry/metrics.h"

#include <set>

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Metrics, AreServedAsPrometheusText) {
  const std::string text =
      PrometheusText({{metric::kJobWaiting, {{"job", "store.readings"}, {"stream", "readings"}}, 7}});
  EXPECT_NE(text.find("# TYPE sluice_job_waiting gauge"), std::string::npos) << text;
  EXPECT_NE(text.find("sluice_job_waiting{job=\"store.readings\",stream=\"readings\"} 7"), std::string::npos)
      << text;
}

TEST(Metrics, HaveDistinctNamesAndAreAllInTheReference) {
  std::set<std::string_view> names;
  for (const MetricInfo& info : AllMetrics()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_NE(MetricsReference().find(info.name), std::string::npos);
  }
}

}  // namespace
}  // namespace sluice
