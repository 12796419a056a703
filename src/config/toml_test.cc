#include "config/toml.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

Node ParsedToml(const std::string& text) {
  Findings findings("p");
  auto node = ReadToml(text, Environment(), findings);
  EXPECT_TRUE(node.has_value()) << FormatDiagnostics(findings.Take());
  return node.value_or(Node{});
}

std::string ErrorOf(const std::string& text) {
  Findings findings("p");
  (void)ReadToml(text, Environment(), findings);
  const auto found = findings.Take();
  return found.empty() ? "" : fmt::format("{}:{} {}", found[0].line, found[0].col, found[0].message);
}

std::string KeysOf(const Node& table) {
  std::string keys;
  for (const Node::Entry& entry : table.entries) keys += entry.key + " ";
  return keys;
}

TEST(Toml, KeepsTheOrderOfTheFile) {
  EXPECT_EQ(KeysOf(ParsedToml("z = 1\na = 2\n[m]\n[b]")), "z a m b ");
  EXPECT_EQ(KeysOf(ParsedToml("t = { z = 1, a = 2 }").Find("t")->value), "z a ");
  EXPECT_EQ(KeysOf(ParsedToml("[s.z]\n[o.x]\n[s.a]").Find("s")->value), "z a ");
}

TEST(Toml, KeepsPlacesOfKeysAndValues) {
  const Node root = ParsedToml("a = 1\n  \"ü\".b = [ 'x',\n 'y' ]\n");
  EXPECT_EQ(root.Find("a")->value.place, (Place{1, 5}));
  const Node::Entry* b = root.Find("ü")->value.Find("b");
  EXPECT_EQ(b->place, (Place{2, 7}));
  EXPECT_EQ(b->value.items[1].place, (Place{3, 2}));
}

TEST(Toml, KeepsScalarsAsTheyWouldBeWritten) {
  const Node root =
      ParsedToml("i = -7\nf = 0.1\nb = true\ns = \"x\"\nt = 2025-10-15T12:00:00Z\nm = 9223372036854775807");
  EXPECT_EQ(root.Find("i")->value.text, "-7");
  EXPECT_EQ(root.Find("f")->value.text, "0.1");
  EXPECT_EQ(root.Find("b")->value.text, "true");
  EXPECT_EQ(root.Find("t")->value.text, "2025-10-15T12:00:00Z");
  EXPECT_EQ(root.Find("m")->value.text, "9223372036854775807");
}

TEST(Toml, ReportsASyntaxErrorWhereItStops) {
  EXPECT_TRUE(ErrorOf("a = 1\nb = \n").starts_with("2:5 ")) << ErrorOf("a = 1\nb = \n");
  EXPECT_TRUE(ErrorOf("a = 1\na = 2\n").starts_with("2:")) << ErrorOf("a = 1\na = 2\n");
}

TEST(Toml, ReportsWhatTheLibraryAssertsAtItsLine) {
  EXPECT_EQ(ErrorOf("a = 1\n[\n][b]\nc = 1\n"), "2:1 this line is not understood");
  EXPECT_EQ(ErrorOf("a = 1\n[ = ]"), "2:1 this line is not understood");
}

TEST(Toml, TakesLettersOfAllLanguagesInStringsAndNowhereElse) {
  EXPECT_EQ(ParsedToml("a = \"\"\"x\\\n  ü\"\"\" # ü").Find("a")->value.text, "xü");
  for (const char* text : {"[aъ", "ü = 1", "a = 1 ü", "[ü]", "a = ü"})
    EXPECT_TRUE(ErrorOf(text).starts_with("1:")) << text;
}

TEST(Toml, RefusesWhatItCannotHold) {
  for (const char* text :
       {"a = 9223372036854775808", "a = \"\xff\"", "[a\n", "a = 'x\n'", "a = { b = 1\n}"}) {
    EXPECT_NE(ErrorOf(text), "") << text;
  }
  EXPECT_EQ(ErrorOf("a = \"x\\u0000\""), "1:5 a string must not contain a NUL character");
}

TEST(Toml, SurvivesBomCrlfAndAnEmptyFile) {
  EXPECT_EQ(KeysOf(ParsedToml("\xef\xbb\xbf[a]\r\nb = 1\r\n")), "a ");
  EXPECT_EQ(KeysOf(ParsedToml("")), "");
}

TEST(TomlBounds, StopDeepNesting) {
  EXPECT_EQ(ErrorOf("x = " + std::string(100'000, '[')), "1:37 this nests deeper than 32 levels");
  EXPECT_EQ(ErrorOf("x = " + std::string(32, '[') + std::string(32, ']')), "");
}

TEST(TomlBounds, StopLongKeys) {
  std::string key = "a";
  for (int i = 0; i < 100'000; ++i) key += ".a";
  EXPECT_EQ(ErrorOf(key + " = 1"), "1:64 this key has more than 32 parts");
  EXPECT_EQ(ErrorOf("[" + key + "]"), "1:65 this key has more than 32 parts");
}

TEST(TomlBounds, StopTooManyTables) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += fmt::format(" [a{}]\n", i);
  EXPECT_EQ(ErrorOf(text), "4097:2 more than 4096 tables");
}

TEST(TomlBounds, DoNotCountInsideStringsAndComments) {
  const std::string many(200, '[');
  const std::string dots(200, '.');
  for (const std::string& text :
       {"# " + many + dots, "a = \"" + many + "\\\"" + dots + "\"", "a = '" + many + dots + "'",
        "a = \"\"\"\n" + many + "\"\"" + dots + "\"\"\"\"\"", "a = '''" + many + "\n'''"}) {
    EXPECT_EQ(ErrorOf(text), "") << text;
  }
}

}  // namespace
}  // namespace sluice
