#include "config/load.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {
struct SimSpec { int devices = 1; };
TEST(LoadPipeline, ReadsTheSimpleCase) {
  ComponentKinds kinds;
  kinds.sources.push_back({"simulator", "makes readings", OptionTable<SimSpec>().Add("devices", &SimSpec::devices, "d")});
  const LoadOutcome outcome = ParsePipeline(R"([stream.readings]
key = "sensor_id"
time = "timestamp"
fields = { sensor_id = "string", timestamp = "timestamp" }
[source.devices]
kind = "simulator"
stream = "readings"
devices = 50
)", "x/pipeline.toml", Environment(), kinds, SystemFiles());
  EXPECT_EQ(FormatDiagnostics(outcome.errors), "");
  EXPECT_EQ(outcome.spec.data_dir, "x/sluice-data");
  EXPECT_EQ(outcome.spec.Source("devices")->As<SimSpec>().devices, 50);
}
}  // namespace
}  // namespace sluice
