#include "core/json_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(JsonText, EscapesQuotesBackslashesAndControlCharacters) {
  EXPECT_EQ(JsonText("a\"b\\c\n\r\t"), R"("a\"b\\c\n\r\t")");
  EXPECT_EQ(JsonText(std::string_view("\0\x1b\x7f", 3)), R"("\u0000\u001b\u007f")");
}

TEST(JsonText, LeavesUtf8AsItIs) { EXPECT_EQ(JsonText("Zähler 🚰"), "\"Zähler 🚰\""); }

TEST(JsonText, ReplacesBytesThatAreNoUtf8) { EXPECT_EQ(JsonText("a\xff"), R"("a\ufffd")"); }

}  // namespace
}  // namespace sluice
