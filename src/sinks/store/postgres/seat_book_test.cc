#include "sinks/store/postgres/seat_book.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "testing/streams.h"

namespace sluice::pg {
namespace {

const Seat kSeat{"store.readings", "readings", 0};

// Positions [from, next), all of them rows but one dead entry at `from`.
Span SpanOf(Position from, Position next) {
  const Slice slice =
      AsSlice(ReadingsStream(), CountingBatch(static_cast<int>(next - from - 1)), from + 1, FromMicros(0));
  return {.seat = kSeat,
          .epoch = 3,
          .from = from,
          .next = next,
          .rows = slice.rows,
          .dead = {MakeDeadEntry(from, "bad", "x", "y")},
          .terms = {.stored = next - from - 1, .dead = 1}};
}

TEST(SeatBook, ASpanThatBeginsWhereTheSeatStandsIsWhole) {
  const Cut cut = CutSpan(SpanOf(10, 20), {.claimed = 3, .epoch = 5, .next = 10});
  EXPECT_FALSE(cut.nothing);
  EXPECT_EQ(cut.span.epoch, 5u) << "the one in the database";
  EXPECT_EQ(cut.span.rows->num_rows(), 9);
  EXPECT_EQ(cut.span.terms, (Terms{.stored = 9, .dead = 1}));
}

TEST(SeatBook, ALostAnswerToACommitThatHappenedCutsWhatComesAgain) {
  Held held{.claimed = 3, .epoch = 3, .next = 10, .unsure = Attempt{20, {.stored = 9, .dead = 1}}};
  Resolve(held, 4, 20);
  Cut cut = CutSpan(SpanOf(10, 30), held);
  EXPECT_EQ(cut.span.from, 20);
  EXPECT_EQ(cut.span.rows->num_rows(), 10);
  EXPECT_TRUE(cut.span.dead.empty());
  EXPECT_EQ(cut.span.terms, (Terms{.stored = 10}));
  EXPECT_EQ(cut.span.terms.Sum(), cut.span.next - cut.span.from);
  EXPECT_EQ(cut.ahead, Terms());
}

TEST(SeatBook, ARowThatWasRefusedBeforeTheLostAnswerKeepsTheBooksRight) {
  Held held{.claimed = 3, .epoch = 3, .next = 10, .unsure = Attempt{20, {.stored = 8, .dead = 2}}};
  Resolve(held, 4, 20);
  const Cut cut = CutSpan(SpanOf(10, 30), held);  // the job has forgotten the refusal
  EXPECT_EQ(cut.span.terms, (Terms{.stored = 10}));
}

TEST(SeatBook, AJobThatComesBackWithLessIsToldDoneUntilItHasCaughtUp) {
  Held held{.claimed = 3, .epoch = 3, .next = 10, .unsure = Attempt{20, {.stored = 9, .dead = 1}}};
  Resolve(held, 4, 20);
  const Cut first = CutSpan(SpanOf(10, 15), held);
  EXPECT_TRUE(first.nothing);
  held.ahead = first.ahead;
  EXPECT_EQ(held.ahead, (Terms{.stored = 5}));
  Span rest = SpanOf(15, 30);
  rest.dead.clear();
  rest.terms = {.stored = 15};
  const Cut second = CutSpan(rest, held);
  EXPECT_EQ(second.span.terms, (Terms{.stored = 10}));
}

TEST(SeatBook, ALostAnswerToACommitThatDidNotHappenLeavesEverythingToDo) {
  Held held{.claimed = 3, .epoch = 3, .next = 10, .unsure = Attempt{20, {.stored = 10}}};
  Resolve(held, 4, 10);
  EXPECT_FALSE(held.unsure);
  EXPECT_EQ(CutSpan(SpanOf(10, 20), held).span.terms, (Terms{.stored = 9, .dead = 1}));
}

TEST(SeatBook, KnowsASeatOnlyByItsYoungestClaim) {
  SeatBook book;
  book.Claimed(kSeat, {.next = 5, .epoch = 1}, "h1");
  const Held old = *book.Find(kSeat, 1);
  book.Claimed(kSeat, {.next = 5, .epoch = 2}, "h2");
  EXPECT_FALSE(book.Find(kSeat, 1));
  book.Update(kSeat, old);
  EXPECT_TRUE(book.Find(kSeat, 2));
  book.Lost(kSeat);
  EXPECT_FALSE(book.Find(kSeat, 2));
}

}  // namespace
}  // namespace sluice::pg
