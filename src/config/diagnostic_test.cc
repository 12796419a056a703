#include "config/diagnostic.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Diagnostic, IsOneLineWithPlaceAndHint) {
  EXPECT_EQ(FormatDiagnostic({"p.toml", 3, 7, "wrong", "do this"}), "p.toml:3:7: error: wrong hint: do this");
}

TEST(Diagnostic, OfTheWholeFileHasNoPlace) {
  EXPECT_EQ(FormatDiagnostic({"p.toml", 0, 0, "gone", ""}), "p.toml: error: gone");
}

TEST(Diagnostic, LetsNoControlCharacterReachTheTerminal) {
  EXPECT_EQ(FormatDiagnostic({"p", 1, 1, "a\n\nb", "c"}), "p:1:1: error: a\n  b\n  hint: c");
  EXPECT_EQ(FormatDiagnostic({"p", 1, 1, "a\x1b[2J\nb", ""}), "p:1:1: error: a\\x1b[2J\n  b");
}

TEST(Findings, AreSortedByPlaceAndSaidOnce) {
  Findings findings("p");
  findings.Error({9, 1}, "late");
  findings.Error({2, 5}, "early");
  findings.Error({9, 1}, "late");
  const auto found = findings.Take();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].message, "early");
}

TEST(Suggestion, FindsTheWordThatWasMeant) {
  const std::vector<std::string> known = {"listen", "insecure", "kind"};
  EXPECT_EQ(Suggest("listn", known), "listen");
  EXPECT_EQ(Suggest("lisetn", known), "listen");
  EXPECT_EQ(Suggest("KIND", known), "kind");
  EXPECT_EQ(Suggest("unsecure", known), "insecure");
}

TEST(Suggestion, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(Suggest("port", {"listen", "insecure"}), "");
  EXPECT_EQ(Suggest("x", {"y", "by"}), "");
  EXPECT_EQ(Suggest("", {"y"}), "");
  EXPECT_EQ(Suggest(std::string(1000, 'x'), {"y"}), "");
}

}  // namespace
}  // namespace sluice
