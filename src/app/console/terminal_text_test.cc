#include "app/console/terminal_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(TerminalTextTest, PlainTextOfAnyLanguageStaysAsItIs) {
  EXPECT_EQ(TerminalText("sensor-1 Küche 温度 \\n"), "sensor-1 Küche 温度 \\n");
}

TEST(TerminalTextTest, EscapeSequencesAreShownNotObeyed) {
  EXPECT_EQ(TerminalText("a\x1b[2Jb\x07"), "a\\x1b[2Jb\\x07");
}

TEST(TerminalTextTest, LineEndsAndTabsStayInOneLine) { EXPECT_EQ(TerminalText("a\r\nb\tc"), "a\\r\\nb\\tc"); }

TEST(TerminalTextTest, LinesOfAMessageStayLinesThatControlNothing) {
  EXPECT_EQ(TerminalLines("no table x\n\nLINE 1: x\x1b[2J\r\n        ^\n"),
            "no table x\n  LINE 1: x\\x1b[2J\\r\n          ^");
  EXPECT_EQ(TerminalLines(""), "");
}

TEST(TerminalTextTest, ControlCharactersOfTwoBytesAreEscapedToo) {
  EXPECT_EQ(TerminalText("\xc2\x9b"
                         "31m"),
            "\\u{9b}31m");
}

TEST(TerminalTextTest, CharactersThatTurnTheDirectionAreEscaped) {
  EXPECT_EQ(TerminalText("a\xe2\x80\xae"
                         "b"),
            "a\\u{202e}b");
}

TEST(TerminalTextTest, BytesThatAreNoUtf8AreShownAsBytes) {
  EXPECT_EQ(TerminalText("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(TerminalText("\xed\xa0\x80"), "\\xed\\xa0\\x80");
}

TEST(DisplayWidthTest, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("Küche"), 5u);
  EXPECT_EQ(DisplayWidth("温度"), 4u);
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1u);
}

TEST(CutToWidthTest, WhatIsTooLongEndsInDots) {
  EXPECT_EQ(CutToWidth("abcdef", 6), "abcdef");
  EXPECT_EQ(CutToWidth("abcdefg", 6), "abcde…");
  EXPECT_EQ(CutToWidth("温度温度", 5), "温度…");
}

}  // namespace
}  // namespace sluice
