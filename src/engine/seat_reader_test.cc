// What a job reads while a commit is under way, and when it may not use it.
#include "engine/seat_reader.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "engine/job.h"
#include "testing/fake_log.h"
#include "testing/fake_sink.h"

namespace sluice {
namespace {

class SeatReaderTest : public ::testing::Test {
 protected:
  SeatReaderTest() { EXPECT_TRUE(log_.Declare(stream_).ok()); }
  void Append(int count) {
    ASSERT_TRUE(log_.Append("readings", CountingBatch(count), std::nullopt, [](AppendOutcome) {}).ok());
  }
  std::vector<ReadPoint> At(Position next) const { return {{.seat = seat_, .next = next}}; }
  Position NextAfter(Position from) {
    const auto read = reader_.Read(At(from));
    return read.ok() && !read->empty() ? read->front().slice.next : from;
  }

  static Position PositionAt(const Slice& slice, int64_t row) {
    const auto column = slice.rows->GetColumnByName(std::string(kPosition));
    return static_cast<const arrow::Int64Array&>(*column).Value(row);
  }

  const StreamSpec stream_ = ReadingsStream();
  const Seat seat_{"store.readings", "readings", 0};
  FakeLog log_;
  FakeSink sink_;
  SeatReader reader_{log_, stream_, {.rows = 5, .bytes = 1 << 20}, OnMissing::stop};
};

TEST_F(SeatReaderTest, CutsTheSliceThatReachesTheLimitAndGoesOnWithItsRest) {
  for (int i = 0; i < 4; ++i) Append(3);
  Position next = 0;
  for (const Position expected : {5, 10, 12, 12}) {
    const auto read = reader_.Read(At(next));
    ASSERT_TRUE(read.ok());
    if (next == expected) break;
    const Slice& slice = read->front().slice;
    EXPECT_EQ(slice.first, next);
    EXPECT_EQ(slice.rows->num_rows(), expected - next);
    for (int64_t row = 0; row < slice.rows->num_rows(); ++row) EXPECT_EQ(PositionAt(slice, row), next + row);
    next = slice.next;
    EXPECT_EQ(next, expected);
  }
}

TEST_F(SeatReaderTest, ReadsAgainWhatWasCutWhenACommitFailed) {
  for (int i = 0; i < 4; ++i) Append(3);
  EXPECT_EQ(NextAfter(0), 5);
  EXPECT_EQ(NextAfter(0), 5);
  EXPECT_EQ(NextAfter(5), 10);
  reader_.Forget();
  EXPECT_EQ(NextAfter(5), 10);
}

TEST_F(SeatReaderTest, GivesWhatItReadAheadToWhoAsksForTheSamePlaces) {
  Append(3);
  reader_.ReadAhead(At(0));
  reader_.Await();
  Append(1);
  EXPECT_EQ(NextAfter(0), 3) << "as it was then";
  EXPECT_EQ(NextAfter(0), 4) << "once";
}

TEST_F(SeatReaderTest, ForgetsWhatItReadAheadOfOtherPlaces) {
  Append(3);
  Append(3);
  reader_.ReadAhead(At(3));
  reader_.Await();
  EXPECT_EQ(NextAfter(0), 5);
}

TEST_F(SeatReaderTest, ForgetsWhatItReadAheadWhenPositionsMayMeanOtherReadings) {
  Append(3);
  reader_.ReadAhead(At(0));
  reader_.Await();
  Append(1);
  reader_.Forget();
  EXPECT_EQ(NextAfter(0), 4);
}

TEST_F(SeatReaderTest, CountsDeadEntriesTowardsItsLimits) {
  for (int i = 0; i < 4; ++i) {
    Batch batch = CountingBatch(0);
    for (int n = 0; n < 3; ++n) batch.dead.push_back(MakeDeadEntry(n, "bad", "test", std::string(1000, 'x')));
    ASSERT_TRUE(log_.Append("readings", std::move(batch), std::nullopt, [](AppendOutcome) {}).ok());
  }
  EXPECT_EQ(NextAfter(0), 6);
}

// Retention passes the place between a look at the ends and the read.
class VanishingLog : public FakeLog {
 public:
  Result<Slice> Read(const std::string&, PartitionId, Position, int64_t) override {
    return Status::Reject("position 0 lies before the first, 5");
  }
};

TEST_F(SeatReaderTest, LeavesTheDecisionToTheJobWhenReadingsGoWhileTheyAreRead) {
  VanishingLog log;
  ASSERT_TRUE(log.Declare(stream_).ok());
  ASSERT_TRUE(log.Append("readings", CountingBatch(3), std::nullopt, [](AppendOutcome) {}).ok());
  SeatReader reader(log, stream_, {.rows = 5, .bytes = 1 << 20}, OnMissing::skip);
  EXPECT_EQ(reader.Read(At(0)).status().code(), Code::retry) << "a reject would stop the job for good";
}

// A job that reads ahead while its sink goes through every kind of trouble.
TEST_F(SeatReaderTest, ReadingAheadOfCommitsThatFailStoresEverythingOnceAndInOrder) {
  Job job("store.readings", stream_, log_, sink_, {.flush_rows = 2, .read_ahead = true});
  for (int i = 0; i < 20; ++i) Append(3);
  sink_.RefusePosition(31);
  Timestamp now = FromMicros(1'760'000'000'000'000);
  for (int round = 0; round < 60; ++round) {
    if (round % 3 == 1) sink_.Answer({.kind = CommitOutcome::retry, .status = Status::Retry("away")});
    const Timestamp again = job.Step(now).again;
    if (again != kMaxTime) now = std::max(now, again);
  }
  std::vector<Position> expected;
  for (Position position = 0; position < 60; ++position) {
    if (position != 31) expected.push_back(position);
  }
  EXPECT_EQ(sink_.positions(), expected);
  ASSERT_EQ(sink_.dead().size(), 1u);
}

}  // namespace
}  // namespace sluice
