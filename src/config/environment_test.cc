#include "config/environment.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace sluice {
namespace {

const Environment& Plant() {
  static const Environment environment({{"N", "15"}, {"EMPTY", ""}, {"TRICKY", "${N}"}, {"BAD", "\xff"}});
  return environment;
}

std::string Expand(const std::string& text) {
  const Expanded expanded = ExpandVariables(text, Plant());
  return expanded.faults.empty() ? expanded.text : "fault: " + expanded.faults.front().message;
}

TEST(Variables, AreReplacedAnywhereInAString) { EXPECT_EQ(Expand("a${N}m${N}"), "a15m15"); }
TEST(Variables, FallBackToTheirDefault) { EXPECT_EQ(Expand("${NONE:-x y}|${NONE:-}"), "x y|"); }
TEST(Variables, ThatAreEmptyTakeTheDefaultToo) { EXPECT_EQ(Expand("[${EMPTY}] ${EMPTY:-d}"), "[] d"); }
TEST(Variables, AreNotLookedAtAgain) { EXPECT_EQ(Expand("${TRICKY}"), "${N}"); }
TEST(Variables, OfPlainDollarsAreNone) { EXPECT_EQ(Expand("pa$$word $N $"), "pa$$word $N $"); }
TEST(Variables, AreEscapedByASecondDollar) { EXPECT_EQ(Expand("$${N} ${N}"), "${N} 15"); }
TEST(Variables, ThatAreNotSetAreNamed) { EXPECT_EQ(Expand("${NONE}"), "fault: variable `NONE` is not set"); }
TEST(Variables, ThatAreNotUtf8AreRefused) {
  EXPECT_EQ(Expand("${BAD}"), "fault: variable `BAD` is not UTF-8");
}

TEST(Variables, ThatAreMiswrittenAreRefused) {
  for (const char* text : {"${", "${N", "${}", "${1}", "${N-x}", "${N:x}", "${N:-${N}}", "${ N }"}) {
    EXPECT_TRUE(Expand(text).starts_with("fault: `${")) << text << " gave " << Expand(text);
  }
}

TEST(Variables, AllOfThemAreReported) {
  EXPECT_EQ(ExpandVariables("${A} ${N} ${B}", Plant()).faults.size(), 2u);
}

std::string Dotenv(const std::string& text, const std::string& name) {
  Environment environment;
  EXPECT_TRUE(environment.AddDotenv(".env", text).empty()) << text;
  const std::string* value = environment.Find(name);
  return value == nullptr ? "(not set)" : *value;
}

TEST(Dotenv, TakesPlainQuotedAndExportedValues) {
  EXPECT_EQ(Dotenv("A=1", "A"), "1");
  EXPECT_EQ(Dotenv("\xef\xbb\xbf  export A = two words # comment\r\n", "A"), "two words");
  EXPECT_EQ(Dotenv("A=\"a\\n\\\"b\\\" # no comment\" # comment", "A"), "a\n\"b\" # no comment");
  EXPECT_EQ(Dotenv("A='raw \\n $B'", "A"), "raw \\n $B");
  EXPECT_EQ(Dotenv("A=", "A"), "");
  EXPECT_EQ(Dotenv("# A=1\n\n", "A"), "(not set)");
  EXPECT_EQ(Dotenv("A=http://h/#frag", "A"), "http://h/#frag");
}

TEST(Dotenv, TheLastOfTwoLinesWins) { EXPECT_EQ(Dotenv("A=1\nA=2", "A"), "2"); }

TEST(Dotenv, LosesAgainstTheEnvironment) {
  Environment environment = Plant();
  EXPECT_TRUE(environment.AddDotenv(".env", "N=99\nNEW=1").empty());
  EXPECT_EQ(*environment.Find("N"), "15");
  EXPECT_EQ(*environment.Find("NEW"), "1");
}

TEST(Dotenv, ReportsEachBadLineAndKeepsTheOthers) {
  Environment environment;
  const auto errors = environment.AddDotenv(".env", "=1\nA=1\nB\nC=\"open\nD='x' y\n");
  std::vector<int> lines;
  for (const Diagnostic& error : errors) lines.push_back(error.line);
  EXPECT_EQ(lines, (std::vector<int>{1, 3, 4, 5}));
  EXPECT_EQ(*environment.Find("A"), "1");
}

TEST(EnvironmentOfTheProcess, IsRead) {
  ::setenv("SLUICE_CONFIG_TEST", "a=b", 1);
  EXPECT_EQ(*Environment::OfProcess().Find("SLUICE_CONFIG_TEST"), "a=b");
}

}  // namespace
}  // namespace sluice
