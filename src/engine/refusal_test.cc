// What a job does with a sink that refuses rows, or that holds positions of another log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/job.h"
#include "engine/span.h"
#include "testing/fake_log.h"
#include "testing/fake_sink.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Span SpanOf(PartitionId partition) {
  Slice slice = AsSlice(ReadingsStream(2), CountingBatch(3), 10, FromMicros(0), partition);
  return ToSpan({"store.readings", "readings", partition}, 1, std::move(slice), "");
}

TEST(RejectRows, MakesTheRefusedRowsOfItsOwnSeatDead) {
  const Refusal refusal{SpanOf(1).seat, 11};
  const Span other = *RejectRows(ReadingsStream(2), SpanOf(0), {refusal}, "why");
  EXPECT_EQ(other.terms.stored, 3);
  EXPECT_THAT(other.dead, IsEmpty());
  const Span kept = *RejectRows(ReadingsStream(2), SpanOf(1), {refusal}, "why");
  EXPECT_EQ(kept.terms.stored, 2);
  EXPECT_EQ(kept.terms.Sum(), kept.next - kept.from);
  ASSERT_EQ(kept.dead.size(), 1u);
  EXPECT_EQ(kept.dead[0].at, 11);
  EXPECT_EQ(kept.dead[0].reason, "why");
  EXPECT_THAT(kept.dead[0].bytes, ::testing::StartsWith("{\"")) << "it can be offered again as JSON";
}

class RefusalTest : public ::testing::Test {
 protected:
  RefusalTest() { EXPECT_TRUE(log_.Declare(stream_).ok()); }
  void Append(int count) {
    ASSERT_TRUE(log_.Append("readings", CountingBatch(count), std::nullopt, [](AppendOutcome) {}).ok());
  }
  Job MakeJob(OnMissing on_missing = OnMissing::stop) {
    return Job("store.readings", stream_, log_, sink_, {.on_missing = on_missing});
  }
  CommitOutcome RejectionOf(Position position) const {
    return {.kind = CommitOutcome::reject, .status = Status::Reject("no"), .rejected = {{seat_, position}}};
  }

  const Timestamp now_ = FromMicros(1'760'000'000'000'000);
  const StreamSpec stream_ = ReadingsStream();
  const Seat seat_{"store.readings", "readings", 0};
  FakeLog log_;
  FakeSink sink_;
};

TEST_F(RefusalTest, RowsThatTheSinkRefusesBecomeDeadEntriesOfTheSameCommit) {
  Append(3);
  sink_.RefusePosition(1);
  Job job = MakeJob();
  EXPECT_TRUE(job.Step(now_).progress);
  EXPECT_THAT(sink_.positions(), ElementsAre(0, 2));
  EXPECT_EQ(sink_.dead().size(), 1u);
  EXPECT_EQ(sink_.seat(seat_).next, 3);
}

TEST_F(RefusalTest, ASinkThatRefusesWhatItWasNotGivenIsWaitedFor) {
  Append(3);
  sink_.Answer(RejectionOf(77));
  Job job = MakeJob();
  EXPECT_FALSE(job.Step(now_).progress);
  EXPECT_THAT(job.Health().message(), HasSubstr("goes on refusing"));
  EXPECT_TRUE(job.Step(now_).progress);
  EXPECT_THAT(sink_.positions(), ElementsAre(0, 1, 2));
}

TEST_F(RefusalTest, ASinkThatRefusesEverMoreIsWaitedFor) {
  Append(50);
  for (Position position = 0; position < 20; ++position) sink_.Answer(RejectionOf(position));
  Job job = MakeJob();
  EXPECT_FALSE(job.Step(now_).progress);
  EXPECT_EQ(job.Health().code(), Code::retry);
  EXPECT_EQ(sink_.commits(), 0);
}

TEST_F(RefusalTest, GoingOnWithAnotherLogIsRememberedAtOnce) {
  ASSERT_TRUE(sink_.Claim(seat_, "old-log", 0).ok());
  EXPECT_EQ(MakeJob().ClaimAll().code(), Code::reject);
  EXPECT_EQ(sink_.seat(seat_).log_id, "old-log");
  EXPECT_TRUE(MakeJob(OnMissing::skip).ClaimAll().ok());
  EXPECT_EQ(sink_.seat(seat_).log_id, log_.Id());
  EXPECT_TRUE(MakeJob().ClaimAll().ok());
}

}  // namespace
}  // namespace sluice
