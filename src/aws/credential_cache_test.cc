#include "aws/credential_cache.h"

#include <gmock/gmock.h>

#include "testing/manual_clock.h"

namespace sluice::aws {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class Cached : public testing::Test {
 protected:
  // What the place answers from now on.
  void Gives(const std::string& key, std::optional<Duration> lasting) {
    answer_ = Credentials{.access_key_id = key, .secret_access_key = Secret("s")};
    if (lasting) answer_->expires = clock_.Now() + *lasting;
  }
  void Refuses(const std::string& why) {
    answer_.reset();
    why_ = why;
  }
  std::string Get() {
    const auto got = cache_.Get();
    return got.ok() ? got->access_key_id : got.status().message();
  }

  ManualClock clock_;
  int asked_ = 0;
  std::optional<Credentials> answer_;
  std::string why_;
  CredentialCache cache_{[this]() -> Result<Credentials> {
                           ++asked_;
                           if (answer_) return *answer_;
                           return Status::Retry(why_);
                         },
                         clock_};
};

TEST_F(Cached, CredentialsAreAskedForOnceWhileTheyAreFresh) {
  Gives("a", hours(6));
  EXPECT_EQ(Get(), "a");
  clock_.Advance(hours(5));
  Gives("b", hours(6));
  EXPECT_EQ(Get(), "a");
  EXPECT_EQ(asked_, 1);
}

TEST_F(Cached, CredentialsAreRenewedFiveMinutesBeforeTheyExpire) {
  Gives("a", hours(6));
  EXPECT_EQ(Get(), "a");
  clock_.Advance(hours(6) - minutes(5));
  Gives("b", hours(6));
  EXPECT_EQ(Get(), "b");
}

TEST_F(Cached, ShortOnesAreRenewedHalfWay) {
  Gives("a", seconds(12));
  EXPECT_EQ(Get(), "a");
  clock_.Advance(seconds(5));
  Gives("b", seconds(12));
  EXPECT_EQ(Get(), "a");
  clock_.Advance(seconds(1));
  EXPECT_EQ(Get(), "b");
}

TEST_F(Cached, ThoseWithoutAnExpiryAreReadEachTime) {
  Gives("a", std::nullopt);
  EXPECT_EQ(Get(), "a");
  Gives("b", std::nullopt);
  EXPECT_EQ(Get(), "b");
}

TEST_F(Cached, AFailureIsTheAnswerForFiveSeconds) {
  Refuses("no network");
  EXPECT_EQ(Get(), "no network");
  Gives("a", hours(1));
  clock_.Advance(seconds(4));
  EXPECT_EQ(Get(), "no network");
  EXPECT_EQ(asked_, 1);
  clock_.Advance(seconds(1));
  EXPECT_EQ(Get(), "a");
}

TEST_F(Cached, ValidOnesOutliveAFailureToRenewThemAndNoLonger) {
  Gives("a", minutes(20));
  EXPECT_EQ(Get(), "a");
  clock_.Advance(minutes(16));
  Refuses("no network");
  EXPECT_EQ(Get(), "a");
  EXPECT_EQ(asked_, 2);
  clock_.Advance(minutes(4) - seconds(2));
  EXPECT_EQ(Get(), "a");
  clock_.Advance(seconds(2));
  EXPECT_EQ(Get(), "no network");
}

TEST_F(Cached, AClockThatIsSetBackHoldsNoFailureForLong) {
  Refuses("expired");
  EXPECT_EQ(Get(), "expired");
  clock_.Advance(-hours(5));
  Gives("a", hours(1));
  EXPECT_EQ(Get(), "a");
}

}  // namespace
}  // namespace sluice::aws
