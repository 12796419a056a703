#include "http/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/utf8.h"

namespace sluice::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string PathOf(std::string_view raw) {
  const auto target = ParseTarget(raw);
  return target.ok() ? target->path : "refused";
}

TEST(Target, DecodesPathAndQuery) {
  const auto target = ParseTarget("/data/a%20b?limit=5&from=1%2B2&flag&x=a+b");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->path, "/data/a b");
  EXPECT_THAT(target->query,
              ElementsAre(Pair("limit", "5"), Pair("from", "1+2"), Pair("flag", ""), Pair("x", "a b")));
}

TEST(Target, KeepsAnEscapedSlashInsideItsSegment) {
  EXPECT_THAT(ParseTarget("/by-key/a%2Fb")->segments, ElementsAre("by-key", "a/b"));
}

TEST(Target, TakesTheHostOfAnAbsoluteTarget) {
  const auto target = ParseTarget("http://example.org:80/a?b=1");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->authority, "example.org:80");
  EXPECT_EQ(target->path, "/a");
}

TEST(Target, TakesAnAbsoluteTargetWithoutAPathForTheRoot) { EXPECT_EQ(PathOf("http://localhost"), "/"); }

TEST(Target, RefusesWhatOnlyAProxyWouldServe) {
  for (const char* raw : {"", "*", "example.org:443", "ftp://host/", "http:///x"})
    EXPECT_EQ(PathOf(raw), "refused") << raw;
}

TEST(Target, RefusesBytesThatMustBeEscaped) {
  for (const std::string_view raw : {"/a b", "/\xc3\xa4", "/\x01", "/\x7f"})
    EXPECT_EQ(PathOf(raw), "refused") << raw;
  EXPECT_EQ(PathOf(std::string_view("/a\0b", 4)), "refused");
}

TEST(Target, RefusesBrokenEscapes) {
  for (const char* raw : {"/%", "/%2", "/%zz", "/%00", "/%ff", "/%c0%af", "/?a=%"})
    EXPECT_EQ(PathOf(raw), "refused") << raw;
}

TEST(Target, RefusesDotSegmentsAlsoWhenEscaped) {
  for (const char* raw : {"/..", "/a/../b", "/.", "/%2e%2e/x", "/a/.%2e"})
    EXPECT_EQ(PathOf(raw), "refused") << raw;
  EXPECT_EQ(PathOf("/..a"), "/..a");
}

TEST(Target, EncodesWhatItDecodes) {
  const std::string text = "a b/ä%?&=+~\x01";
  EXPECT_EQ(*PercentDecode(PercentEncode(text)), text);
  EXPECT_EQ(PercentEncode("/a b", true), "/a%20b");
  EXPECT_EQ(*ParseQuery(FormatQuery({{"a b", "1&2"}})), (QueryItems{{"a b", "1&2"}}));
}

TEST(Utf8, RefusesOverlongSurrogateCutAndTooHighSequences) {
  EXPECT_TRUE(IsUtf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"));
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\xff"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

}  // namespace
}  // namespace sluice::http
