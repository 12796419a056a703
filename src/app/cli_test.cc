#include "app/cli.h"

#include <vector>

#include <gmock/gmock.h>

#include "app/commands/at_least.h"

namespace sluice {
namespace {

using testing::StartsWith;

// What stderr says of a wrong use.
std::string Refusal(std::vector<std::string> words) {
  words.insert(words.begin(), "sluice");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStderr();
  const int code = RunCli(static_cast<int>(argv.size()), argv.data(), Components{});
  EXPECT_EQ(code, kWrongUse);
  return testing::internal::GetCapturedStderr();
}

TEST(RunCli, NamesTheCommandThatThereIsNotAndTheOneThatWasMeant) {
  EXPECT_EQ(Refusal({"foo"}),
            "sluice: there is no command `foo`; commands are init, run, check, test, simulate, replay, sql, "
            "tail, status, audit, dead, forget, log and docs\n");
  EXPECT_THAT(Refusal({"chek", "p.toml"}),
              StartsWith("sluice: there is no command `chek`, did you mean `check`?"));
  EXPECT_THAT(Refusal({"--fast"}), StartsWith("sluice: there is no option `--fast` before a command;"));
}

TEST(RunCli, NamesWhatACommandOfCommandsTakes) {
  EXPECT_THAT(Refusal({"log", "verfy", "p.toml"}),
              StartsWith("sluice: `sluice log` has no `verfy`, did you mean `verify`?"));
  EXPECT_THAT(Refusal({"dead"}), StartsWith("sluice: `sluice dead` needs one of"));
}

TEST(RunCli, SaysWhichNumbersAreAllowed) {
  EXPECT_THAT(Refusal({"simulate", "--count", "0"}), StartsWith("--count: must be at least 1, not 0\n"));
  EXPECT_THAT(Refusal({"replay", "f.csv", "--speed", "-1"}),
              StartsWith("--speed: must be at least 0, not -1\n"));
}

TEST(AtLeast, RefusesWhatIsNoNumber) {
  EXPECT_EQ(AtLeast(1)("1"), "");
  EXPECT_EQ(AtLeast(1)("1000000000000"), "");
  EXPECT_EQ(AtLeast(1)("many"), "must be a number of at least 1, not many");
  EXPECT_EQ(AtLeast(0)("nan"), "must be at least 0, not nan");
}

}  // namespace
}  // namespace sluice
