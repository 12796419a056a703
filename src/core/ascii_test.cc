#include "core/ascii.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Ascii, LowerCaseLeavesOtherAlphabetsAlone) { EXPECT_EQ(LowerCase("AbZ-9 ÄÖ"), "abz-9 ÄÖ"); }

TEST(Ascii, TrimTakesBlanksFromBothEnds) {
  EXPECT_EQ(Trim(" \ta b\t "), "a b");
  EXPECT_EQ(Trim("\na\n"), "\na\n");
  EXPECT_EQ(Trim("\r\na\n", " \r\n"), "a");
  EXPECT_EQ(Trim(" \t"), "");
  EXPECT_EQ(Trim(""), "");
}

}  // namespace
}  // namespace sluice
