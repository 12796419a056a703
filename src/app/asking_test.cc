#include "app/asking.h"

#include <gmock/gmock.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(TakeFileTest, TheFirstWordThatEndsInTomlIsTheFile) {
  std::vector<std::string> words = {"7", "a.toml", "b.toml"};
  EXPECT_EQ(TakeFile(words), "a.toml");
  EXPECT_THAT(words, ElementsAre("7", "b.toml"));
}

TEST(TakeFileTest, AQueryThatNamesOneIsNone) {
  std::vector<std::string> words = {"SELECT 'a.toml'"};
  EXPECT_EQ(TakeFile(words), "");
  EXPECT_THAT(words, ElementsAre("SELECT 'a.toml'"));
}

TEST(UrlOfListenTest, AnyAddressIsReachedOnLoopback) {
  EXPECT_EQ(UrlOfListen("0.0.0.0", 80), "http://127.0.0.1:80");
  EXPECT_EQ(UrlOfListen("::", 80), "http://[::1]:80");
  EXPECT_EQ(UrlOfListen("10.0.0.7", 8080), "http://10.0.0.7:8080");
}

TEST(StatusOfAnswerTest, ARefusalSaysWhatTheServerSaid) {
  const Status status = StatusOfAnswer(http::Response::Problem(404, "", "there is no stream 'x'"));
  EXPECT_EQ(status.code(), Code::reject);
  EXPECT_EQ(status.message(), "there is no stream 'x'");
}

TEST(StatusOfAnswerTest, AServerInTroubleMayBeAskedAgain) {
  EXPECT_EQ(StatusOfAnswer(http::Response::Text(503, "no")).code(), Code::retry);
  EXPECT_EQ(StatusOfAnswer(http::Response::Text(503, "no")).message(), "the server answered 503");
}

TEST(UnreachableTest, SaysWhereItAskedAndWhatToDo) {
  const Status status = Unreachable("http://127.0.0.1:1", Status::Retry("connect: refused"), "");
  EXPECT_THAT(status.message(), HasSubstr("http://127.0.0.1:1"));
  EXPECT_THAT(status.message(), HasSubstr("sluice run pipeline.toml"));
}

}  // namespace
}  // namespace sluice
