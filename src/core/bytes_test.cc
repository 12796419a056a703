#include "core/bytes.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ByteSizeText, RoundTrips) {
  for (const char* text : {"64KiB", "8MiB", "1GiB", "10GiB", "512B"}) {
    const auto size = ParseByteSize(text);
    ASSERT_TRUE(size.ok()) << text;
    EXPECT_EQ(FormatByteSize(*size), text);
  }
}

TEST(ByteSizeText, TakesABareNumberAsBytes) { EXPECT_EQ(ParseByteSize("100")->bytes, 100); }

TEST(ByteSizeText, RejectsDecimalUnitsAndSigns) {
  for (const char* text : {"", "8MB", "-1KiB", "KiB", "1e300GiB"})
    EXPECT_FALSE(ParseByteSize(text).ok()) << text;
}

}  // namespace
}  // namespace sluice
