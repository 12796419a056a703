#include "log/kafka/raises.h"

#include <gtest/gtest.h>

namespace sluice::kafka {
namespace {

Raises Raised(Offset offset, Position position) {
  Raises raises;
  raises.Raise(offset, position);
  return raises;
}

TEST(Raises, PositionsAreOffsetsUntilTheyAreRaised) {
  EXPECT_EQ(Raises().PositionOf(7), 7);
  EXPECT_EQ(Raises().OffsetOf(7), 7);
}

TEST(Raises, FromTheRaiseOnPositionsAreAhead) {
  const Raises raises = Raised(3, 10);
  EXPECT_EQ(raises.PositionOf(2), 2);
  EXPECT_EQ(raises.PositionOf(3), 10);
  EXPECT_EQ(raises.PositionOf(5), 12);
}

TEST(Raises, APositionThatWasRaisedOverReadsFromTheRaise) {
  const Raises raises = Raised(3, 10);
  EXPECT_EQ(raises.OffsetOf(2), 2);
  EXPECT_EQ(raises.OffsetOf(3), 3);
  EXPECT_EQ(raises.OffsetOf(9), 3);
  EXPECT_EQ(raises.OffsetOf(10), 3);
  EXPECT_EQ(raises.OffsetOf(12), 5);
}

TEST(Raises, RaisingToWhatIsReachedChangesNothing) { EXPECT_TRUE(Raised(10, 10).empty()); }

TEST(Raises, ARaiseBeneathAnOlderOneReplacesIt) {
  Raises raises = Raised(100, 200);
  raises.Raise(5, 300);  // the topic was truncated to 5
  EXPECT_EQ(raises.PositionOf(4), 4);
  EXPECT_EQ(raises.PositionOf(5), 300);
  EXPECT_EQ(raises.PositionOf(100), 395);
}

TEST(Raises, ATopicMadeAnewIsRaisedFromItsStart) {
  Raises raises = Raised(100, 200);
  raises.BeginAnew();
  raises.Raise(7, 300);  // seven entries came before the position was known
  EXPECT_EQ(raises.PositionOf(0), 300);
  EXPECT_EQ(raises.PositionOf(7), 307);
  EXPECT_FALSE(raises.anew());
}

TEST(Raises, SurviveTheirBytes) {
  Raises raises = Raised(3, 10);
  raises.Raise(8, 40);
  EXPECT_EQ(Raises::Decode(raises.Encode()), raises);
  EXPECT_EQ(Raises::Decode("x"), std::nullopt);
}

TEST(CountRun, HolesBetweenRecordsAreGaps) {
  const RunTerms terms = CountRun(Raises(), 4, 4, 10, 5);
  EXPECT_EQ(terms.gaps, 1);
  EXPECT_EQ(terms.lost, 0);
}

TEST(CountRun, WhatWasRaisedOverIsLost) {
  // Offsets 0, 1, marker 2, raised to 20 at 3, then one entry and its marker.
  const RunTerms terms = CountRun(Raised(3, 20), 0, 0, 5, 3);
  EXPECT_EQ(terms.gaps, 2);
  EXPECT_EQ(terms.lost, 17);
}

TEST(CountRun, AReadThatBeginsInTheHoleCountsTheRestOfIt) {
  const RunTerms terms = CountRun(Raised(3, 20), 5, 3, 4, 1);
  EXPECT_EQ(terms.gaps, 0);
  EXPECT_EQ(terms.lost, 15);
}

}  // namespace
}  // namespace sluice::kafka
