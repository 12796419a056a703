#include "http/content_encoding.h"

#include <gtest/gtest.h>

#include "http/packers.h"

namespace sluice::http {
namespace {

struct Unpacking : testing::TestWithParam<Coding> {
  std::string Pack(const std::string& text) { return GetParam() == Coding::gzip ? Gzip(text) : Zstd(text); }
  Decompressed Unpack(const std::string& bytes, int64_t limit = 1 << 20) {
    return Decompress(GetParam(), bytes, limit, hold);
  }
  ByteBudget budget{4 << 20};
  ByteBudget::Hold hold{budget};
};
INSTANTIATE_TEST_SUITE_P(Codings, Unpacking, testing::Values(Coding::gzip, Coding::zstd));

TEST_P(Unpacking, GivesBackWhatWasPacked) {
  const std::string text(300'000, 'x');
  EXPECT_EQ(Unpack(Pack(text)).body, text);
  EXPECT_EQ(budget.held(), 300'000);
}
TEST_P(Unpacking, ReadsSeveralMembersAsOneBody) {
  EXPECT_EQ(Unpack(Pack("one ") + Pack("two")).body, "one two");
}
TEST_P(Unpacking, StopsABombAtTheLimit) {
  EXPECT_EQ(Unpack(Pack(std::string(50 << 20, '\0'))).kind, Decompressed::too_large);
  EXPECT_LE(budget.held(), 1 << 20);
}
TEST_P(Unpacking, TakesABodyOfExactlyTheLimit) {
  EXPECT_EQ(Unpack(Pack(std::string(1000, 'x')), 1000).kind, Decompressed::ok);
  EXPECT_EQ(Unpack(Pack(std::string(1001, 'x')), 1000).kind, Decompressed::too_large);
}
TEST_P(Unpacking, StopsWhenTheBudgetIsUsedUp) {
  ByteBudget::Hold other(budget);
  ASSERT_TRUE(other.Grow(4 << 20));
  EXPECT_EQ(Unpack(Pack("text")).kind, Decompressed::no_room);
}
TEST_P(Unpacking, RefusesGarbageAndBodiesCutShort) {
  const std::string packed = Pack(std::string(1000, 'x'));
  EXPECT_EQ(Unpack("garbage").kind, Decompressed::malformed);
  for (size_t n = 1; n < packed.size(); ++n)
    EXPECT_EQ(Unpack(packed.substr(0, n)).kind, Decompressed::malformed) << n;
}
TEST_P(Unpacking, RefusesGarbageBehindTheBody) {
  EXPECT_EQ(Unpack(Pack("x") + "garbage").kind, Decompressed::malformed);
}

TEST(CodingOf, KnowsGzipAndZstdAndNoChains) {
  EXPECT_EQ(CodingOf(""), Coding::identity);
  EXPECT_EQ(CodingOf(" GZIP "), Coding::gzip);
  EXPECT_EQ(CodingOf("zstd"), Coding::zstd);
  EXPECT_EQ(CodingOf("gzip, gzip"), Coding::unsupported);
  EXPECT_EQ(CodingOf("br"), Coding::unsupported);
}

}  // namespace
}  // namespace sluice::http
