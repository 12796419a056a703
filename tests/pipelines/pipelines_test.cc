// Every case of tests/pipelines/ in every variant: as it is, with one-reading commits, with tiny memtables,
// and with a restart before every block. The outcome must be the same.
#include <filesystem>

#include <gtest/gtest.h>

#include "app/cases/case_run.h"
#include "testing/source_tree.h"

namespace sluice {
namespace {

struct Run {
  std::string name;
  CaseVariant variant;
};

std::vector<Run> AllRuns() {
  std::vector<Run> runs;
  for (const auto& entry : std::filesystem::directory_iterator(InSourceTree("tests/pipelines"))) {
    if (!std::filesystem::exists(entry.path() / "case.test")) continue;
    const std::string name = entry.path().filename();
    runs.push_back({name, {.name = "plain"}});
    runs.push_back({name, {.name = "one_reading_commits", .flush_rows = 1}});
    runs.push_back({name, {.name = "tiny_memtables", .log_memory = KiB(128)}});
    runs.push_back({name, {.name = "restart_before_every_block", .restart_always = true}});
  }
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.name < b.name; });
  return runs;
}

class PipelineCase : public testing::TestWithParam<Run> {};

TEST_P(PipelineCase, GivesWhatItExpects) {
  const auto result =
      RunCase(InSourceTree("tests/pipelines/" + GetParam().name), AllComponents(), GetParam().variant);
  ASSERT_TRUE(result.ok()) << result.status().message();
  for (const std::string& failure : result->failures) ADD_FAILURE() << failure;
}

INSTANTIATE_TEST_SUITE_P(Pipelines, PipelineCase, testing::ValuesIn(AllRuns()),
                         [](const auto& run) { return run.param.name + "_" + run.param.variant.name; });

}  // namespace
}  // namespace sluice
