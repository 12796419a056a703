#include "core/time.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

std::string RoundTrip(std::string_view text) {
  const auto time = ParseRfc3339(text);
  return time.ok() ? FormatRfc3339(*time) : "rejected";
}

TEST(Rfc3339, ReadsWhatItWrites) {
  EXPECT_EQ(RoundTrip("2025-10-15T12:00:00.123456Z"), "2025-10-15T12:00:00.123456Z");
}
TEST(Rfc3339, TakesABlankForT) { EXPECT_EQ(RoundTrip("2025-10-15 12:00:00"), "2025-10-15T12:00:00Z"); }
TEST(Rfc3339, AppliesTheOffset) { EXPECT_EQ(RoundTrip("2025-10-15T12:00:00+02:00"), "2025-10-15T10:00:00Z"); }
TEST(Rfc3339, FloorsBelowAMicrosecond) {
  EXPECT_EQ(RoundTrip("1969-12-31T23:59:59.9999999Z"), "1969-12-31T23:59:59.999999Z");
}
TEST(Rfc3339, TakesTheFirstAndTheLastYear) {
  EXPECT_EQ(RoundTrip("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(RoundTrip("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
}

TEST(Rfc3339, RejectsWhatIsNoTime) {
  for (const char* text :
       {"", "2025-10-15", "2025-13-01T00:00:00Z", "2025-02-30T00:00:00Z", "2025-10-15T24:00:00Z",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
        "2025-10-15T12:00:00.Z", "2025-10-15T12:00:00Zx", "2025-10-15T12:00:00+1"}) {
    EXPECT_EQ(RoundTrip(text), "rejected") << text;
  }
}

TEST(Rfc3339, SaysWhetherTheTimeWasNaive) {
  bool naive = false;
  ASSERT_TRUE(ParseRfc3339("2025-10-15 12:00:00", &naive).ok());
  EXPECT_TRUE(naive);
  ASSERT_TRUE(ParseRfc3339("2025-10-15 12:00:00Z", &naive).ok());
  EXPECT_FALSE(naive);
}

TEST(DurationText, RoundTripsInItsLargestUnit) {
  for (const char* text : {"500ms", "10s", "15m", "24h", "30d", "0s", "7us"}) {
    const auto duration = ParseDuration(text);
    ASSERT_TRUE(duration.ok()) << text;
    const std::string expected = std::string_view(text) == "24h" ? "1d" : text;
    EXPECT_EQ(FormatDuration(*duration), expected);
  }
}

TEST(DurationText, RejectsMissingUnitsSignsAndOverflow) {
  for (const char* text : {"", "10", "-1s", "1e300d", "s", "10 s", "nan s", "infs"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

}  // namespace
}  // namespace sluice
