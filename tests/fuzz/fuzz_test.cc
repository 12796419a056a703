// Every fuzz target over its corpus, and over each input of it cut short and with a byte changed: what a
// fuzzer found once stays found.
#include <filesystem>

#include <gtest/gtest.h>

#include "fuzz/targets.h"
#include "platform/files.h"
#include "testing/source_tree.h"

namespace sluice {
namespace {

struct Target {
  const char* corpus;
  void (*run)(std::string_view);
};

constexpr Target kTargets[] = {
    {"log_batch", &FuzzLogBatch},   {"codec_csv", &FuzzCodecCsv},
    {"codec_json", &FuzzCodecJson}, {"codec_ndjson", &FuzzCodecNdjson},
    {"config", &FuzzPipelineFile},  {"http_target", &FuzzHttpTarget},
    {"config", &FuzzDotenv},
};

class FuzzCorpus : public testing::TestWithParam<Target> {};

TEST_P(FuzzCorpus, IsSurvived) {
  const std::string folder = InSourceTree("tests/fuzz/corpus/") + GetParam().corpus;
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto bytes = ReadWholeFile(SystemFiles(), entry.path());
    ASSERT_TRUE(bytes.ok());
    GetParam().run(*bytes);
    GetParam().run(std::string_view(*bytes).substr(0, bytes->size() / 2));
    std::string changed = *bytes;
    if (!changed.empty()) changed[changed.size() / 3] ^= 0x20;
    GetParam().run(changed);
    ++inputs;
  }
  EXPECT_GT(inputs, 0) << folder;
}

// A target without a corpus here would be forgotten.
TEST(FuzzCorpora, AreAllReplayed) {
  for (const auto& entry : std::filesystem::directory_iterator(InSourceTree("tests/fuzz/corpus"))) {
    const std::string name = entry.path().filename();
    EXPECT_TRUE(std::any_of(std::begin(kTargets), std::end(kTargets), [&](const Target& target) {
      return name == target.corpus;
    })) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzCorpus, testing::ValuesIn(kTargets));

}  // namespace
}  // namespace sluice
