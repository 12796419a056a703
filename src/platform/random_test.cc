#include "platform/random.h"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Random, RepeatsItsSequenceForASeed) {
  Random a(42);
  Random b(42);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.Next64(), b.Next64());
  EXPECT_NE(Random(1).Next64(), Random(2).Next64());
}

TEST(Random, StaysBelowAndReachesEveryValue) {
  Random random(7);
  std::set<uint64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.Below(5));
  EXPECT_EQ(seen, (std::set<uint64_t>{0, 1, 2, 3, 4}));
}

TEST(Random, NormalHasMeanZeroAndDeviationOne) {
  Random random(3);
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.Normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.03);
  EXPECT_NEAR(std::sqrt(squares / kDraws), 1, 0.03);
}

TEST(Random, IdentitiesDiffer) { EXPECT_NE(RandomId(), RandomId()); }

}  // namespace
}  // namespace sluice
