#include "app/console/progress_bar.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ProgressTextTest, AKnownShareHasABar) {
  EXPECT_EQ(ProgressText({.done = 12'000, .share = 0.5, .since = std::chrono::seconds(3)}),
            "[###############               ]  50 %  12,000 readings  4,000/s");
}

TEST(ProgressTextTest, AnUnknownShareHasNone) {
  EXPECT_EQ(ProgressText({.done = 999, .since = std::chrono::seconds(1)}), "999 readings  999/s");
}

TEST(ProgressTextTest, TheStartHasNoRate) {
  EXPECT_EQ(ProgressText({.done = 0, .share = 0}), "[                              ]   0 %  0 readings");
}

}  // namespace
}  // namespace sluice
