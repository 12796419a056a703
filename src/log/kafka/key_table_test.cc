#include "log/kafka/key_table.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/temp_dir.h"

namespace sluice::kafka {
namespace {

const Timestamp kNoon = FromMicros(1'760'000'000'000'000);

OriginEntry KeyOf(const std::string& writer, Timestamp expires) {
  const OriginRecord step{.next = 1, .fingerprint = "f", .answer = "202", .expires = expires};
  return {.claim = Claim{.keyed = true, .expires = true, .writer = writer, .older = {"x"}, .epoch = 7},
          .step = step,
          .forget = expires};
}

class KeyTables : public testing::Test {
 protected:
  size_t Folders() const {
    std::error_code none;
    const std::filesystem::directory_iterator all(Parent(), none);
    return static_cast<size_t>(std::distance(all, std::filesystem::directory_iterator()));
  }
  std::string Parent() const { return directory_.path() + "/keys"; }
  std::vector<std::string> Expired(KeyTable& table, Timestamp by, size_t count = 100) {
    std::vector<std::string> origins;
    const auto expired = table.Expired(by, count);
    EXPECT_TRUE(expired.ok());
    if (!expired.ok()) return origins;
    for (const ExpiredKey& key : *expired) origins.push_back(key.origin);
    return origins;
  }

  TempDir directory_;
};

TEST_F(KeyTables, GiveBackWhatWasPut) {
  KeyTable table(Parent(), "me");
  ASSERT_TRUE(table.Put("key/a", KeyOf("me", kNoon)).ok());
  const auto found = table.Find("key/a");
  ASSERT_TRUE(found.ok());
  ASSERT_TRUE(found->claim && found->step);
  EXPECT_EQ(*found->step, *KeyOf("me", kNoon).step);
  EXPECT_EQ(found->claim->older, std::set<std::string>{"x"});
  EXPECT_EQ(found->forget, kNoon);
  const auto other = table.Find("key/b");
  ASSERT_TRUE(other.ok());
  EXPECT_TRUE(other->Empty());
}

TEST_F(KeyTables, TellOursThatExpiredOldestFirst) {
  KeyTable table(Parent(), "me");
  for (const int minute : {3, 1, 2, 5}) {
    const Timestamp expires = kNoon + std::chrono::minutes(minute);
    ASSERT_TRUE(table.Put(fmt::format("key/{}", minute), KeyOf("me", expires)).ok());
  }
  ASSERT_TRUE(table.Put("key/theirs", KeyOf("you", kNoon)).ok());
  const Timestamp by = kNoon + std::chrono::minutes(3);
  EXPECT_EQ(Expired(table, by), (std::vector<std::string>{"key/1", "key/2", "key/3"}));
  EXPECT_EQ(Expired(table, by, 2), (std::vector<std::string>{"key/1", "key/2"}));
  ASSERT_TRUE(table.Put("key/1", {}).ok());
  EXPECT_EQ(Expired(table, by), (std::vector<std::string>{"key/2", "key/3"}));
  // Younger than what was looked through, and due all the same.
  ASSERT_TRUE(table.Put("key/0", KeyOf("me", kNoon)).ok());
  EXPECT_EQ(Expired(table, by), (std::vector<std::string>{"key/0", "key/2", "key/3"}));
}

TEST_F(KeyTables, AKeyThatIsUsedAgainIsDueLater) {
  KeyTable table(Parent(), "me");
  ASSERT_TRUE(table.Put("key/a", KeyOf("me", kNoon)).ok());
  ASSERT_TRUE(table.Put("key/a", KeyOf("me", kNoon + std::chrono::hours(24))).ok());
  EXPECT_TRUE(Expired(table, kNoon).empty());
  EXPECT_EQ(Expired(table, kNoon + std::chrono::hours(24)).size(), 1U);
}

TEST_F(KeyTables, ForgetThoseOfOthersAFewAtATime) {
  KeyTable table(Parent(), "me");
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(table.Put(fmt::format("key/{}", i), KeyOf(i < 5 ? "me" : "you", kNoon)).ok());
  }
  size_t rounds = 0;
  while (true) {
    const auto dropped = table.DropExpired(kNoon, 3);
    ASSERT_TRUE(dropped.ok());
    if (*dropped == 0) break;
    ++rounds;
  }
  EXPECT_EQ(rounds, 2U);
  for (int i = 0; i < 10; ++i) {
    const auto found = table.Find(fmt::format("key/{}", i));
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->Empty(), i >= 5) << i;
  }
}

TEST_F(KeyTables, LeaveNothingBehindAndRemoveWhatAKilledProcessLeft) {
  {
    KeyTable killed(Parent(), "me");
    ASSERT_TRUE(killed.Put("key/a", KeyOf("me", kNoon)).ok());
    EXPECT_EQ(Folders(), 1U);
    std::filesystem::copy(Parent(), directory_.path() + "/left", std::filesystem::copy_options::recursive);
  }
  EXPECT_EQ(Folders(), 0U);
  std::filesystem::rename(directory_.path() + "/left", Parent());
  EXPECT_EQ(Folders(), 1U);
  KeyTable one(Parent(), "me");
  ASSERT_TRUE(one.Put("key/b", KeyOf("me", kNoon)).ok());
  EXPECT_EQ(Folders(), 1U);
  // One that is in use stays.
  KeyTable two(Parent(), "you");
  ASSERT_TRUE(two.Put("key/c", KeyOf("you", kNoon)).ok());
  EXPECT_EQ(Folders(), 2U);
  const auto found = one.Find("key/b");
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->step);
}

TEST_F(KeyTables, OfAProcessThatAppendsNothingTakeNothing) {
  KeyTable table("", "me");
  EXPECT_TRUE(table.Put("key/a", KeyOf("me", kNoon)).ok());
  const auto found = table.Find("key/a");
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->Empty());
}

TEST_F(KeyTables, SayWhereTheyCannotBe) {
  KeyTable table("/proc/sluice/keys", "me");
  const Status put = table.Put("key/a", KeyOf("me", kNoon));
  EXPECT_EQ(put.code(), Code::retry);
  EXPECT_NE(put.message().find("/proc/sluice/keys"), std::string::npos) << put.message();
  EXPECT_NE(put.message().find("data_dir"), std::string::npos) << put.message();
}

}  // namespace
}  // namespace sluice::kafka
