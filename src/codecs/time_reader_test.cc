#include "codecs/time_reader.h"

#include <gmock/gmock.h>

namespace sluice {
namespace {

using testing::HasSubstr;

std::string Read(std::string_view format, std::string_view zone, std::string_view text) {
  const auto reader = TimeReader::Make(format, zone);
  if (!reader.ok()) return reader.status().message();
  Timestamp time;
  std::string why;
  Decimal number;
  const bool read = ParseDecimal(text, &number) ? reader->FromNumber(number, &time, &why)
                                                : reader->FromText(text, &time, &why);
  return read ? FormatRfc3339(time) : why;
}

TEST(Times, Rfc3339IsTheDefault) {
  EXPECT_EQ(Read("", "UTC", "2025-10-15T12:00:00.1234569Z"), "2025-10-15T12:00:00.123456Z");
  EXPECT_EQ(Read("", "UTC", "2025-10-15 12:00:00+02:00"), "2025-10-15T10:00:00Z");
  EXPECT_EQ(Read("", "UTC", "2025-10-15T12:00:00"), "2025-10-15T12:00:00Z");
}
TEST(Times, TheYears1And9999AreReadAndOthersAreNot) {
  EXPECT_EQ(Read("", "UTC", "0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(Read("", "UTC", "9999-12-31T23:59:59Z"), "9999-12-31T23:59:59Z");
  EXPECT_THAT(Read("", "UTC", "0000-01-01T00:00:00Z"), HasSubstr("0000-01-01"));
  EXPECT_THAT(Read("", "+01:00", "0001-01-01T00:00:00"), HasSubstr("outside the years 1 to 9999"));
  EXPECT_THAT(Read("unix_s", "UTC", "253402300800"), HasSubstr("outside the years 1 to 9999"));
  EXPECT_THAT(Read("unix_s", "UTC", "1e300"), HasSubstr("outside the years 1 to 9999"));
}
TEST(Times, ANumberWithoutAUnitIsBad) {
  EXPECT_THAT(Read("", "UTC", "1760529600"), HasSubstr("without a unit"));
}
TEST(Times, UnixTimesAreExact) {
  EXPECT_EQ(Read("unix_s", "UTC", "1760529600.123456999"), "2025-10-15T12:00:00.123456Z");
  EXPECT_EQ(Read("unix_ms", "UTC", "1760529600123"), "2025-10-15T12:00:00.123000Z");
  EXPECT_EQ(Read("unix_us", "UTC", "1760529600123456"), "2025-10-15T12:00:00.123456Z");
  EXPECT_EQ(Read("unix_ns", "UTC", "1760529600123456789"), "2025-10-15T12:00:00.123456Z");
  EXPECT_EQ(Read("unix_ns", "UTC", "-1"), "1969-12-31T23:59:59.999999Z");
}
TEST(Times, PatternsAreRead) {
  EXPECT_EQ(Read("%d/%m/%Y %H:%M:%S.%f", "UTC", "15/10/2025 12:00:00.5"), "2025-10-15T12:00:00.500000Z");
  EXPECT_EQ(Read("%Y-%m-%d %H", "UTC", "2025-10-15 12"), "2025-10-15T12:00:00Z");
  EXPECT_EQ(Read("%b %e %Y %I:%M %p", "UTC", "Oct  5 2025 12:30 AM"), "2025-10-05T00:30:00Z");
  EXPECT_EQ(Read("%FT%T%z", "Europe/Berlin", "2025-10-15T12:00:00+0530"), "2025-10-15T06:30:00Z");
  EXPECT_EQ(Read("%Y-%j", "UTC", "2024-366"), "2024-12-31T00:00:00Z");
}
TEST(Times, WhatDoesNotMatchAPatternIsBad) {
  for (const char* text : {"2025-02-30 00", "2025-10-15 24", "2025-10-15", "2025-10-15 12x", ""}) {
    EXPECT_THAT(Read("%Y-%m-%d %H", "UTC", text), HasSubstr("does not match")) << text;
  }
}
TEST(Times, NaiveTimesAreInTheirZone) {
  EXPECT_EQ(Read("", "Europe/Berlin", "2025-07-01 12:00:00"), "2025-07-01T10:00:00Z");
  EXPECT_EQ(Read("", "Europe/Berlin", "2025-12-01 12:00:00"), "2025-12-01T11:00:00Z");
  EXPECT_EQ(Read("", "Europe/Berlin", "2025-12-01 12:00:00Z"), "2025-12-01T12:00:00Z");
  EXPECT_EQ(Read("", "-03:30", "2025-12-01 12:00:00"), "2025-12-01T15:30:00Z");
  EXPECT_EQ(Read("", "Asia/Kolkata", "2025-12-01 12:00:00"), "2025-12-01T06:30:00Z");
}
TEST(Times, ZonesGoOnBehindTheirLastTransition) {
  EXPECT_EQ(Read("", "Europe/Berlin", "2099-07-01 12:00:00"), "2099-07-01T10:00:00Z");
  EXPECT_EQ(Read("", "Australia/Sydney", "2099-01-01 12:00:00"), "2099-01-01T01:00:00Z");
  EXPECT_EQ(Read("", "America/New_York", "2099-11-01 00:30:00"), "2099-11-01T04:30:00Z");
}
TEST(Times, AnAmbiguousLocalTimeIsItsFirstOccurrence) {
  EXPECT_EQ(Read("", "Europe/Berlin", "2025-10-26 02:30:00"), "2025-10-26T00:30:00Z");
}
TEST(Times, ASkippedLocalTimeIsReadWithTheOffsetBeforeTheGap) {
  EXPECT_EQ(Read("", "Europe/Berlin", "2025-03-30 02:30:00"), "2025-03-30T01:30:00Z");
}

TEST(Decimals, AreScaledExactly) {
  const auto scaled = [](std::string_view text, int scale) -> std::string {
    Decimal decimal;
    if (!ParseDecimal(text, &decimal)) return "no number";
    int64_t value = 0;
    const Scaled result = ScaleDecimal(decimal, scale, &value);
    return result == Scaled::overflow ? "overflow"
                                      : std::to_string(value) + (result == Scaled::exact ? "" : " floored");
  };
  EXPECT_EQ(scaled("9007199254740993.0", 0), "9007199254740993");
  EXPECT_EQ(scaled("-0.0000001", 6), "-1 floored");
  EXPECT_EQ(scaled("100000000000000000000000e-10", 0), "10000000000000");
  EXPECT_EQ(scaled("9223372036854775807.9", 0), "9223372036854775807 floored");
  EXPECT_EQ(scaled("-9223372036854775808", 0), "-9223372036854775808");
  EXPECT_EQ(scaled("-9223372036854775808.1", 0), "overflow");
  EXPECT_EQ(scaled("1e999999999999", 0), "overflow");
  EXPECT_EQ(scaled("0e999999999999", 0), "0");
  EXPECT_EQ(scaled("1e-999999999999", 0), "0 floored");
  for (const char* text : {"", "-", "01", "1.", ".5", "1e", "1e+", "+1", "0x1", "1 ", "Infinity"}) {
    EXPECT_EQ(scaled(text, 0), "no number") << text;
  }
}

}  // namespace
}  // namespace sluice
