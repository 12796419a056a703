#include "engine/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A store seat of `readings`, partition 0, that went from 0 to what its terms add up to.
AuditSeat StoreSeat(Terms terms, PartitionId partition = 0) {
  AuditSeat seat;
  seat.seat = {"store.readings", "readings", partition};
  seat.state.next = terms.Sum();
  seat.state.log_id = "a1";
  seat.state.terms = terms;
  return seat;
}

AuditInput Books(std::vector<AuditSeat> seats, Position high, int partitions = 1) {
  AuditInput input{.log_id = "a1", .streams = {"readings"}, .seats = std::move(seats)};
  for (int p = 0; p < partitions; ++p) input.ends.push_back({"readings", p, {0, high}});
  return input;
}

TEST(Audit, BalancesWhenEveryPositionHasATerm) {
  const AuditReport report =
      Audit(Books({StoreSeat({.stored = 90, .filtered = 3, .duplicate = 2, .dead = 5})}, 100));
  EXPECT_TRUE(report.ok);
  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_EQ(report.streams.at("readings").received, 100);
  EXPECT_EQ(report.streams.at("readings").terms.dead, 5);
  EXPECT_EQ(report.jobs.at("store.readings").terms.stored, 90);
}

TEST(Audit, WaitingIsFine) {
  const AuditReport report = Audit(Books({StoreSeat({.stored = 60})}, 100));
  EXPECT_TRUE(report.ok);
  EXPECT_EQ(report.streams.at("readings").waiting, 40);
  EXPECT_EQ(report.streams.at("readings").received, 100);
}

TEST(Audit, GapsWereNeverReceived) {
  const AuditReport report = Audit(Books({StoreSeat({.stored = 60, .gaps = 10})}, 100));
  EXPECT_TRUE(report.ok);
  EXPECT_EQ(report.streams.at("readings").received, 90);
}

TEST(Audit, AnythingLostIsNotOk) {
  const AuditReport report = Audit(Books({StoreSeat({.stored = 60, .lost = 2})}, 62));
  EXPECT_FALSE(report.ok);
  EXPECT_THAT(report.findings, ElementsAre(HasSubstr("2 readings are lost")));
}

TEST(Audit, TermsThatDoNotAddUpAreFoundPerPartition) {
  AuditSeat wrong = StoreSeat({.stored = 60}, 1);
  wrong.state.next = 61;
  const AuditReport report = Audit(Books({StoreSeat({.stored = 61}), wrong}, 61, 2));
  EXPECT_FALSE(report.ok);
  EXPECT_THAT(report.findings,
              testing::Contains(HasSubstr("store.readings, readings partition 1: went from position "
                                          "0 to 61, which is 61 positions")));
}

TEST(Audit, ErrorsOfTwoPartitionsDoNotCancelOut) {
  AuditSeat low = StoreSeat({.stored = 60}, 0), high = StoreSeat({.stored = 60}, 1);
  low.state.terms.stored = 59;
  high.state.terms.stored = 61;
  EXPECT_EQ(Audit(Books({low, high}, 60, 2)).findings.size(), 2u);
}

TEST(Audit, AJobThatBeganLaterReceivedFromItsStartOn) {
  AuditSeat lake = StoreSeat({.stored = 60});
  lake.seat.job = "lake.raw";
  lake.state.start = 40;
  lake.state.next = 100;
  const AuditReport report = Audit(Books({StoreSeat({.stored = 100}), lake}, 110));
  EXPECT_TRUE(report.ok);
  EXPECT_EQ(report.jobs.at("lake.raw").received, 70);
  EXPECT_EQ(report.streams.at("readings").received, 110);
}

TEST(Audit, PartitionsAddUp) {
  const AuditReport report =
      Audit(Books({StoreSeat({.stored = 10}), StoreSeat({.stored = 5, .dead = 1}, 1)}, 10, 2));
  EXPECT_EQ(report.streams.at("readings").received, 20);
  EXPECT_EQ(report.streams.at("readings").terms.stored, 15);
  EXPECT_EQ(report.streams.at("readings").waiting, 4);
}

TEST(Audit, APartitionThatNobodyClaimedWaitsWhole) {
  const AuditReport report = Audit(Books({}, 7));
  EXPECT_TRUE(report.ok);
  EXPECT_EQ(report.streams.at("readings").received, 7);
  EXPECT_EQ(report.streams.at("readings").waiting, 7);
  EXPECT_EQ(report.jobs.at("store.readings").waiting, 7) << "it is seen before a job has run";
}

TEST(Audit, TheDeadTopicCountsToItsStream) {
  AuditSeat dead = StoreSeat({.dead = 4});
  dead.seat.stream = "readings.dead";
  AuditInput input = Books({StoreSeat({.stored = 10}), dead}, 10);
  input.ends.push_back({"readings.dead", 0, {0, 4}});
  const AuditReport report = Audit(input);
  EXPECT_TRUE(report.ok);
  EXPECT_EQ(report.streams.at("readings").received, 14);
  EXPECT_FALSE(report.streams.contains("readings.dead"));
}

TEST(Audit, ASinkAheadOfItsLogIsFound) {
  EXPECT_THAT(Audit(Books({StoreSeat({.stored = 60})}, 50)).findings,
              ElementsAre(HasSubstr("has committed up to position 60, but the log ends at 50")));
}

TEST(Audit, AJobThatTheLogHasLeftBehindIsFound) {
  AuditInput input = Books({StoreSeat({.stored = 60})}, 100);
  input.ends[0].ends.low = 80;
  EXPECT_THAT(Audit(input).findings, ElementsAre(HasSubstr("20 positions are gone")));
}

TEST(Audit, PositionsOfAnotherLogAreFound) {
  AuditInput input = Books({StoreSeat({.stored = 60})}, 100);
  input.log_id = "b2";
  EXPECT_THAT(Audit(input).findings, ElementsAre(HasSubstr("of log a1, but the log is b2")));
}

TEST(Audit, DeepComparesRowsWithStoredMinusExpired) {
  AuditSeat seat = StoreSeat({.stored = 60});
  seat.expired = 20;
  seat.rows = 40;
  EXPECT_TRUE(Audit(Books({seat}, 60)).ok);
  seat.rows = 39;
  EXPECT_THAT(Audit(Books({seat}, 60)).findings, ElementsAre(HasSubstr("the table holds 39 rows")));
}

TEST(Audit, DroppedDeadLettersAreFineButSurplusOnesAreNot) {
  AuditSeat seat = StoreSeat({.stored = 60, .dead = 3});
  seat.dead_letters = 1;
  EXPECT_TRUE(Audit(Books({seat}, 63)).ok);
  seat.dead_letters = 4;
  EXPECT_THAT(Audit(Books({seat}, 63)).findings, ElementsAre(HasSubstr("4 dead letters are kept")));
}

TEST(AuditJson, HasTheMembersOfTheContractInOrder) {
  EXPECT_EQ(
      AuditJson(Audit(Books({StoreSeat({.stored = 2, .dead = 1})}, 4))),
      R"({"ok":true,"streams":{"readings":{"received":4,"stored":2,"filtered":0,"duplicate":0,"late":0,"dead":1,)"
      R"("gaps":0,"lost":0,"expired":0,"waiting":1}},"jobs":{"store.readings":{"received":4,"stored":2,)"
      R"("filtered":0,"duplicate":0,"late":0,"dead":1,"gaps":0,"lost":0,"expired":0,"waiting":1}}})");
}

TEST(AuditJson, NamesWhatIsWrong) {
  EXPECT_THAT(AuditJson(Audit(Books({StoreSeat({.lost = 2})}, 2))),
              HasSubstr(R"("findings":["store.readings, readings partition 0: 2 readings are lost"])"));
}

TEST(AuditJson, AnEmptyPipelineHasEmptyBooks) {
  EXPECT_EQ(AuditJson(Audit({})), R"({"ok":true,"streams":{},"jobs":{}})");
}

}  // namespace
}  // namespace sluice
