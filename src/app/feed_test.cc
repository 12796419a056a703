#include "app/feed.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ReadIngestAnswerTest, TheDoorSaysHowManyItTook) {
  const auto answer = ReadIngestAnswer(http::Response::Json(202, R"({"accepted":7,"dead":1,"errors":[]})"));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->accepted, 7);
  EXPECT_EQ(answer->dead, 1);
}

TEST(ReadIngestAnswerTest, ABodyOfDeadLettersIsDelivered) {
  const auto answer =
      ReadIngestAnswer(http::Response::Problem(400, "", "bad", {{"accepted", "0"}, {"dead", "3"}}));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->dead, 3);
}

TEST(ReadIngestAnswerTest, AFullDoorIsAskedAgain) {
  EXPECT_EQ(ReadIngestAnswer(http::Response::Problem(503, "", "full")).status().code(), Code::retry);
  EXPECT_EQ(ReadIngestAnswer(http::Response::Problem(429, "", "busy")).status().code(), Code::retry);
}

TEST(ReadIngestAnswerTest, ARefusalAndAStrangerAreNot) {
  EXPECT_EQ(ReadIngestAnswer(http::Response::Problem(404, "", "no")).status().code(), Code::reject);
  EXPECT_EQ(ReadIngestAnswer(http::Response::Text(200, "hello")).status().code(), Code::reject);
}

TEST(RetryAfterTest, StaysWithinReason) {
  http::Response response;
  EXPECT_EQ(RetryAfter(response), std::chrono::seconds(1));
  response.headers = {{"retry-after", "3600"}};
  EXPECT_EQ(RetryAfter(response), std::chrono::seconds(10));
}

}  // namespace
}  // namespace sluice
