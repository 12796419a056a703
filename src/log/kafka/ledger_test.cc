#include "log/kafka/ledger.h"

#include <gtest/gtest.h>

#include "log/embedded/wire.h"

namespace sluice::kafka {
namespace {

const Timestamp kNow = FromMicros(1'760'000'000'000'000);

class LedgerOf : public testing::Test {
 protected:
  // A claim of `writer`, who knew of `older` when it wrote it.
  void Claims(const std::string& writer, std::set<std::string> older = {}, bool keyed = false) {
    const Claim claim{.keyed = keyed, .writer = writer, .older = std::move(older)};
    EXPECT_TRUE(ledger_.Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), claim.Encode()));
  }
  const Claim& Held() { return *ledger_.ClaimOf("file/a"); }
  void Steps(int64_t from, int64_t next, std::optional<Timestamp> expires = {}) {
    const OriginRecord record{.from = from, .next = next, .expires = expires};
    EXPECT_TRUE(
        ledger_.Add(kStepsPartition, 0, control::OriginKey("file/a"), embedded::EncodeOrigin(record)));
  }

  Ledger ledger_;
  Offset next_ = 0;
};

TEST_F(LedgerOf, TheFirstIdentityCounts) {
  ledger_.Add(kClaimsPartition, 0, control::LogKey("first"), "");
  ledger_.Add(kClaimsPartition, 1, control::LogKey("second"), "");
  EXPECT_EQ(ledger_.id(), "first");
}

TEST_F(LedgerOf, EachClaimHasAHigherEpoch) {
  Claims("a");
  const Offset first = Held().epoch;
  Claims("b", {"a"});
  EXPECT_GT(Held().epoch, first);
  EXPECT_EQ(Held().writer, "b");
}

TEST_F(LedgerOf, OfTwoClaimsAtOnceTheSecondFencesTheFirst) {
  Claims("a");
  Claims("b", {"a"});
  Claims("c", {"a"});  // did not know of b
  EXPECT_EQ(Held().older, (std::set<std::string>{"a", "b"}));
}

TEST_F(LedgerOf, AFinishedFencingIsForgottenUnlessAYoungerClaimCame) {
  Claims("a");
  Claims("b", {"a"});
  Claim done = Held();
  done.older.clear();
  ledger_.Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), done.Encode());
  EXPECT_TRUE(Held().older.empty());
  EXPECT_EQ(Held().epoch, done.epoch);
  Claims("c", {"b"});
  ledger_.Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), done.Encode());
  EXPECT_EQ(Held().writer, "c");
}

TEST_F(LedgerOf, AClaimDecidesTheEpochOfItsOrigin) {
  Claims("a");
  Steps(0, 5);
  EXPECT_EQ(ledger_.OriginOf("file/a", kNow).epoch, static_cast<uint64_t>(Held().epoch));
  EXPECT_EQ(ledger_.OriginOf("file/a", kNow).next, 5);
}

TEST_F(LedgerOf, AnIdempotencyKeyHasNoEpoch) {
  Claims("a", {}, true);
  EXPECT_EQ(ledger_.OriginOf("file/a", kNow).epoch, 0U);
}

TEST_F(LedgerOf, AnExpiredOriginIsNew) {
  Claims("a", {}, true);
  Steps(0, 1, kNow);
  EXPECT_EQ(ledger_.OriginOf("file/a", kNow).next, 0);
  EXPECT_EQ(ledger_.Expired("a", kNow, 10), std::vector<std::string>{"file/a"});
  EXPECT_TRUE(ledger_.Expired("b", kNow, 10).empty());
}

TEST_F(LedgerOf, AStepThatComesBackLateDoesNotTurnTheOriginBack) {
  ledger_.PutOrigin("file/a", {.from = 10, .next = 20});
  Steps(0, 10);
  EXPECT_EQ(ledger_.OriginOf("file/a", kNow).next, 20);
}

TEST_F(LedgerOf, AReleaseEndsOnlyTheClaimItMeans) {
  Claims("a", {}, true);
  const std::string release = Claim{.epoch = Held().epoch}.Encode();
  Claims("b", {"a"}, true);
  ledger_.Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), release);
  ledger_.Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), std::nullopt);
  EXPECT_EQ(Held().writer, "b");
  const std::string own = Claim{.epoch = Held().epoch}.Encode();
  ledger_.Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), own);
  EXPECT_EQ(ledger_.ClaimOf("file/a"), nullptr);
}

TEST_F(LedgerOf, TheLastGroupOfAWriterIsKnown) {
  embedded::WireWriter number;
  number.Put(uint64_t{7});
  ledger_.Add(kStepsPartition, 0, control::GroupKey("a"), number.Take());
  EXPECT_EQ(ledger_.GroupOf("a"), 7U);
  EXPECT_EQ(ledger_.GroupOf("b"), 0U);
}

TEST_F(LedgerOf, WhatIsNotOursIsPassedOver) {
  EXPECT_FALSE(ledger_.Add(kClaimsPartition, 0, "nonsense", "x"));
  EXPECT_FALSE(ledger_.Add(kClaimsPartition, 0, "claim/x", "not a claim"));
  EXPECT_FALSE(ledger_.Add(kStepsPartition, 0, "origin/x", "no origin"));
  EXPECT_EQ(ledger_.ClaimOf("x"), nullptr);
}

}  // namespace
}  // namespace sluice::kafka
