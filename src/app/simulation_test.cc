#include "app/simulation.h"

#include <gmock/gmock.h>

#include "sources/simulator/kind.h"

namespace sluice {
namespace {

using testing::HasSubstr;

ComponentKinds Kinds() {
  return {.sources = {SimulatorKind().facts},
          .logs = {{.name = "embedded", .options = OptionSet()}},
          .stores = {{.name = "duckdb", .options = OptionSet()}}};
}

TEST(GeneratorTomlTest, WritesWhatThePipelineFileWould) {
  EXPECT_EQ(*GeneratorToml("walk:start=20,step=0.1"), "{ walk = { start = 20, step = 0.1 } }");
  EXPECT_EQ(*GeneratorToml("choice:of=on|off"), R"({ choice = { of = ["on", "off"] } })");
  EXPECT_EQ(*GeneratorToml("sine:period=1h"), R"({ sine = { period = "1h" } })");
  EXPECT_EQ(*GeneratorToml("uniform"), "{ uniform = {  } }");
}

TEST(GeneratorTomlTest, RefusesWhatCouldEscape) {
  EXPECT_FALSE(GeneratorToml("").ok());
  EXPECT_FALSE(GeneratorToml("walk = 1").ok());
  EXPECT_FALSE(GeneratorToml("walk:start").ok());
  EXPECT_FALSE(GeneratorToml("walk:a b=1").ok());
}

TEST(MakeSimulationTest, FieldsWithoutAPipelineFollowTheirGenerators) {
  const auto made = MakeSimulation({.fields = {"t=walk", "state=choice:of=a|b", "n=counter"}}, Kinds());
  ASSERT_TRUE(made.ok()) << made.status().message();
  EXPECT_EQ(made->stream.fields[size_t(made->stream.FieldIndex("state"))].type, FieldType::text);
  EXPECT_EQ(made->stream.fields[size_t(made->stream.FieldIndex("n"))].type, FieldType::integer);
  EXPECT_EQ(made->simulator.values.size(), 3u);
}

TEST(MakeSimulationTest, ErrorsAreThoseOfThePipelineFile) {
  const auto made = MakeSimulation({.devices = 0, .fields = {"t=wobble"}}, Kinds());
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.status().message(), HasSubstr("wobble"));
  EXPECT_THAT(made.status().message(), HasSubstr("devices"));
}

TEST(TakeDeclaredTest, TheStreamOfTheRunningPipelineCounts) {
  SimulationOptions options{.stream = "r"};
  const char* streams =
      R"([{"name":"r","key":"id","time":"at","fields":[{"name":"id","type":"int"},{"name":"at","type":"timestamp"}]}])";
  ASSERT_TRUE(TakeDeclared(streams, options).ok());
  EXPECT_EQ(options.key, "id");
  EXPECT_EQ(options.declared.at("at"), "timestamp");
  options.stream = "x";
  EXPECT_THAT(TakeDeclared(streams, options).message(), HasSubstr("known: r"));
}

}  // namespace
}  // namespace sluice
