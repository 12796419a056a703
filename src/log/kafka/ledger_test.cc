#include "log/kafka/ledger.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "log/embedded/wire.h"

namespace sluice::kafka {
namespace {

const Timestamp kNow = FromMicros(1'760'000'000'000'000);

class LedgerOf : public testing::Test {
 protected:
  // A claim of `writer`, who knew of `older` when it wrote it.
  void Claims(const std::string& writer, std::set<std::string> older = {}, bool keyed = false) {
    const Claim claim{.keyed = keyed, .expires = keyed, .writer = writer, .older = std::move(older)};
    EXPECT_TRUE(Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), claim.Encode()));
  }
  bool Add(int partition, Offset offset, const std::string& key, std::optional<std::string_view> value) {
    const auto added = ledger_.Add(partition, offset, key, value, kNow);
    EXPECT_TRUE(added.ok());
    return added.ok() && *added;
  }
  OriginEntry Entry(const std::string& origin = "file/a") {
    const auto found = ledger_.Find(origin);
    EXPECT_TRUE(found.ok());
    return found.ok() ? *found : OriginEntry();
  }
  Claim Held() { return Entry().claim.value_or(Claim()); }
  void Steps(int64_t from, int64_t next, std::optional<Timestamp> expires = {}) {
    const OriginRecord record{.from = from, .next = next, .expires = expires};
    EXPECT_TRUE(Add(kStepsPartition, 0, control::OriginKey("file/a"), embedded::EncodeOrigin(record)));
  }

  KeyTable keys_{testing::TempDir() + "sluice-ledger-" + std::to_string(::getpid()), "a"};
  Ledger ledger_{keys_};
  Offset next_ = 0;
};

TEST_F(LedgerOf, TheFirstIdentityCounts) {
  Add(kClaimsPartition, 0, control::LogKey("first"), "");
  Add(kClaimsPartition, 1, control::LogKey("second"), "");
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
  Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), done.Encode());
  EXPECT_TRUE(Held().older.empty());
  EXPECT_EQ(Held().epoch, done.epoch);
  Claims("c", {"b"});
  Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), done.Encode());
  EXPECT_EQ(Held().writer, "c");
}

TEST_F(LedgerOf, AClaimDecidesTheEpochOfItsOrigin) {
  Claims("a");
  Steps(0, 5);
  EXPECT_EQ(Entry().At(kNow).epoch, static_cast<uint64_t>(Held().epoch));
  EXPECT_EQ(Entry().At(kNow).next, 5);
}

TEST_F(LedgerOf, AnIdempotencyKeyHasNoEpoch) {
  Claims("a", {}, true);
  EXPECT_EQ(Entry().At(kNow).epoch, 0U);
}

TEST_F(LedgerOf, AnExpiredOriginIsNew) {
  Claims("a", {}, true);
  Steps(0, 1, kNow);
  EXPECT_EQ(Entry().At(kNow).next, 0);
  const auto expired = keys_.Expired(kNow, 10);
  ASSERT_TRUE(expired.ok());
  ASSERT_EQ(expired->size(), 1U);
  EXPECT_EQ(expired->front().origin, "file/a");
  EXPECT_EQ(expired->front().claim_epoch, Held().epoch);
}

TEST_F(LedgerOf, AStepThatComesBackLateDoesNotTurnTheOriginBack) {
  EXPECT_TRUE(ledger_.PutStep("file/a", {.from = 10, .next = 20}).ok());
  Steps(0, 10);
  EXPECT_EQ(Entry().At(kNow).next, 20);
}

TEST_F(LedgerOf, AReleaseEndsOnlyTheClaimItMeans) {
  Claims("a", {}, true);
  const std::string release = Claim{.epoch = Held().epoch}.Encode();
  Claims("b", {"a"}, true);
  Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), release);
  Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), std::nullopt);
  EXPECT_EQ(Held().writer, "b");
  const std::string own = Claim{.epoch = Held().epoch}.Encode();
  Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), own);
  EXPECT_FALSE(Entry().claim);
}

TEST_F(LedgerOf, TheLastGroupOfAWriterIsKnown) {
  embedded::WireWriter number;
  number.Put(uint64_t{7});
  Add(kStepsPartition, 0, control::GroupKey("a"), number.Take());
  EXPECT_EQ(ledger_.GroupOf("a"), 7U);
  EXPECT_EQ(ledger_.GroupOf("b"), 0U);
}

TEST_F(LedgerOf, AStepMayComeBeforeTheClaimThatItsAppendMade) {
  Steps(0, 1, kNow + std::chrono::hours(1));
  Claims("b", {}, true);
  EXPECT_EQ(Entry().At(kNow).next, 1);
  EXPECT_TRUE(Entry().IsHeldBy("b"));
}

TEST_F(LedgerOf, WhatExpiredLongAgoIsNotTakenUp) {
  Steps(0, 1, kNow - std::chrono::hours(2));
  EXPECT_TRUE(Entry().Empty());
  Steps(0, 1, kNow - std::chrono::minutes(1));  // the clock that says so may be another's
  EXPECT_FALSE(Entry().Empty());
}

// As a version wrote it that did not say whether the origin expires.
TEST_F(LedgerOf, AnOldClaimOfAKeyStandsAndLeavesMemoryWithItsStep) {
  std::string old = Claim{.keyed = true, .writer = "a"}.Encode();
  ASSERT_EQ(old[0], 1);
  EXPECT_TRUE(Add(kClaimsPartition, next_++, control::ClaimKey("file/a"), old));
  EXPECT_TRUE(Entry().IsHeldBy("a"));
  const auto before = keys_.Find("file/a");
  EXPECT_TRUE(before.ok() && before->Empty());
  Steps(0, 1, kNow + std::chrono::hours(1));
  const auto after = keys_.Find("file/a");
  EXPECT_TRUE(after.ok() && after->IsHeldBy("a"));
}

TEST(LedgerWithoutKeys, HoldsWhatStaysAndNothingThatExpires) {
  KeyTable nothing("", "a");
  Ledger ledger(nothing);
  const auto add = [&](bool expires, const std::string& origin) {
    const Claim claim{.keyed = true, .expires = expires, .writer = "a"};
    const OriginRecord step{.next = 1,
                            .expires = expires ? std::optional(kNow + std::chrono::hours(1)) : std::nullopt};
    EXPECT_TRUE(ledger.Add(kClaimsPartition, 0, control::ClaimKey(origin), claim.Encode(), kNow).ok());
    EXPECT_TRUE(
        ledger.Add(kStepsPartition, 0, control::OriginKey(origin), embedded::EncodeOrigin(step), kNow).ok());
  };
  add(true, "key/x");
  add(false, "dead/x");
  EXPECT_TRUE(ledger.Find("key/x")->Empty());
  EXPECT_EQ(ledger.Find("dead/x")->At(kNow + std::chrono::hours(99)).next, 1);
}

TEST_F(LedgerOf, WhatIsNotOursIsPassedOver) {
  EXPECT_FALSE(Add(kClaimsPartition, 0, "nonsense", "x"));
  EXPECT_FALSE(Add(kClaimsPartition, 0, "claim/x", "not a claim"));
  EXPECT_FALSE(Add(kStepsPartition, 0, "origin/x", "no origin"));
  EXPECT_FALSE(Entry("x").claim);
}

}  // namespace
}  // namespace sluice::kafka
