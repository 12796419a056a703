#include "sources/http/http_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_log.h"

namespace sluice {
namespace {

using testing::HasSubstr;

// Every line is a sensor's name and makes a reading; a line that begins with '!' is a bad one.
class LineDecoder : public Decoder {
 public:
  explicit LineDecoder(DecodeSpec spec) : spec_(std::move(spec)) {}
  Result<size_t> Decode(std::string_view input, bool, BatchBuilder& out) override {
    if (input == "unreadable") return Status::Reject("no header");
    size_t used = 0;
    while (used < input.size() && !out.Full()) {
      const std::string_view text = input.substr(used, input.find('\n', used) - used);
      used = std::min(used + text.size() + 1, input.size());
      ++line_;
      if (text.empty()) continue;
      (void)out.SetText(0, text);
      (void)out.SetTime(1, FromMicros(0));
      const char* reason = text.starts_with('!') ? "is bad" : out.EndReading();
      if (reason != nullptr) out.Abandon(reason, spec_.source + " line " + std::to_string(line_), text);
    }
    return used;
  }
  std::string State() const override { return ""; }
  Status Restore(std::string_view) override {
    line_ = 0;
    return {};
  }

 private:
  const DecodeSpec spec_;
  int line_ = 0;
};

struct HttpSourceTest : testing::Test {
  HttpSourceTest() { Make({.name = "devices"}); }
  void Make(HttpSourceSpec spec) {
    router = std::make_unique<http::Router>();
    auto made = HttpSource::Make(std::move(spec), intake, *router,
                                 [](CodecKind, const StreamSpec&, const DecodeSpec& of) {
                                   return Result<std::unique_ptr<Decoder>>(std::make_unique<LineDecoder>(of));
                                 });
    ASSERT_TRUE(made.ok()) << made.status().message();
    source = *std::move(made);
  }
  // Answers land in `answers`, in order.
  void Post(const std::string& body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    headers.emplace_back("content-type", type);
    router->Dispatch(
        {.method = "POST", .path = "/ingest/readings", .headers = std::move(headers), .body = body},
        [this](http::Response response) { answers.push_back(std::move(response)); });
  }
  void PostWithKey(const std::string& body, const std::string& key) {
    Post(body, {{"idempotency-key", key}});
  }
  const http::Response& Answer() { return answers.back(); }
  int64_t Entries() {
    int64_t count = 0;
    for (const Batch& batch : log.Appended("readings")) count += batch.Count();
    return count;
  }

  StreamSpec stream = ReadingsStream();
  FakeLog log;
  Intake intake{stream, log, 1 << 20};
  std::unique_ptr<http::Router> router;
  std::unique_ptr<HttpSource> source;
  std::string type = "application/x-ndjson";
  std::vector<http::Response> answers;
};

TEST_F(HttpSourceTest, AnswersOnlyWhenTheLogHasTheReadings) {
  log.Hold();
  Post("a\nb\n");
  EXPECT_TRUE(answers.empty());
  log.Release();
  EXPECT_EQ(Answer().status, 202);
  EXPECT_EQ(Answer().body, R"({"accepted":2,"dead":0,"errors":[]})");
}

TEST_F(HttpSourceTest, MakesOneAppendOfOneRequest) {
  Post("a\nb\nc\n");
  EXPECT_EQ(log.Appended("readings").size(), 1u);
  EXPECT_EQ(Entries(), 3);
}

TEST_F(HttpSourceTest, NamesTheLinesThatWereBad) {
  Post("a\n!x\n\n!y");
  EXPECT_EQ(Answer().status, 202);
  EXPECT_EQ(
      Answer().body,
      R"({"accepted":1,"dead":2,"errors":[{"line":2,"reason":"is bad"},{"line":4,"reason":"is bad"}]})");
}

TEST_F(HttpSourceTest, KeepsTheLinesOfARequestWithNothingUsable) {
  Post("!x\n!y\n");
  EXPECT_EQ(Answer().status, 400);
  EXPECT_THAT(Answer().body, HasSubstr(R"("accepted":0,"dead":2,"errors":[{"line":1)"));
  EXPECT_EQ(Entries(), 2);
}

TEST_F(HttpSourceTest, ShowsTheFirstTwentyErrors) {
  std::string body;
  for (int i = 0; i < 30; ++i) body += "!\n";
  Post(body);
  EXPECT_THAT(Answer().body, HasSubstr(R"("dead":30)"));
  EXPECT_THAT(Answer().body, HasSubstr(R"({"line":20,)"));
  EXPECT_THAT(Answer().body, Not(HasSubstr(R"({"line":21,)")));
}

TEST_F(HttpSourceTest, RefusesAnEmptyBodyAndKeepsNothingOfIt) {
  for (const char* body : {"", "\n\n"}) {
    Post(body);
    EXPECT_EQ(Answer().status, 400);
    EXPECT_THAT(Answer().body, HasSubstr(R"("accepted":0,"dead":0,"errors":[])"));
  }
  EXPECT_EQ(Entries(), 0);
}

TEST_F(HttpSourceTest, KeepsABodyThatCannotBeReadAtAllAsOneDeadLetter) {
  Post("unreadable");
  EXPECT_EQ(Answer().status, 400);
  EXPECT_THAT(Answer().body, HasSubstr(R"([{"line":1,"reason":"no header"}])"));
  EXPECT_EQ(log.Appended("readings").at(0).dead.at(0).bytes, "unreadable");
}

TEST_F(HttpSourceTest, TellsHowToSendWhatItDoesNotTake) {
  type = "application/x-www-form-urlencoded";
  Post("a");
  EXPECT_EQ(Answer().status, 415);
  EXPECT_THAT(Answer().body, HasSubstr("curl -H"));
  EXPECT_THAT(Answer().body, HasSubstr("--data-binary"));
  EXPECT_EQ(Entries(), 0);
}

TEST_F(HttpSourceTest, TakesAnyContentTypeWhenItsCodecIsDeclared) {
  Make({.name = "devices", .codec = CodecKind::ndjson});
  type = "text/plain";
  Post("a");
  EXPECT_EQ(Answer().status, 202);
}

TEST_F(HttpSourceTest, TellsARepeatWhatTheFirstWasTold) {
  PostWithKey("a\n!x\n", "k1");
  PostWithKey("a\n!x\n", "k1");
  EXPECT_EQ(answers.at(1).status, 202);
  EXPECT_EQ(answers.at(1).body, answers.at(0).body);
  EXPECT_EQ(Entries(), 2);
}

TEST_F(HttpSourceTest, TellsARepeatOfABadRequestThatItWasBad) {
  PostWithKey("!x\n", "k1");
  PostWithKey("!x\n", "k1");
  EXPECT_EQ(answers.at(1).status, 400);
  EXPECT_EQ(answers.at(1).body, answers.at(0).body);
  EXPECT_EQ(answers.at(1).headers, answers.at(0).headers);
}

TEST_F(HttpSourceTest, RefusesAKeyThatWasUsedWithAnotherBody) {
  PostWithKey("a\n", "k1");
  PostWithKey("b\n", "k1");
  EXPECT_EQ(Answer().status, 422);
  EXPECT_EQ(Entries(), 1);
}

TEST_F(HttpSourceTest, KeepsAKeyForADay) {
  PostWithKey("a\n", "k1");
  const OriginStep step = log.Steps().at("key/devices/k1");
  EXPECT_EQ(step.next, 1);
  EXPECT_EQ(step.expires, Duration(std::chrono::hours(24)));
}

TEST_F(HttpSourceTest, RefusesKeysThatAreTooLongOrUnreadable) {
  for (const std::string& key : {std::string(256, 'k'), std::string("a\x01"), std::string("")}) {
    PostWithKey("a\n", key);
    EXPECT_EQ(Answer().status, 400) << key;
  }
  EXPECT_EQ(Entries(), 0);
}

TEST_F(HttpSourceTest, AsksToTryAgainWhenTheLogHasNoRoom) {
  log.SetFull(true);
  PostWithKey("a\n", "k1");
  EXPECT_EQ(Answer().status, 503);
  EXPECT_THAT(Answer().headers, testing::Contains(testing::Pair("retry-after", "1")));
  log.SetFull(false);
  PostWithKey("a\n", "k1");
  EXPECT_EQ(Answer().status, 202);
}

TEST_F(HttpSourceTest, NeverSaysAcceptedWhenTheAppendFailed) {
  log.FailNext(Status::Retry("disk full"));
  Post("a\n");
  EXPECT_EQ(Answer().status, 503);
  log.FailNext(Status::Fatal("fsync failed"));
  Post("a\n");
  EXPECT_EQ(Answer().status, 500);
}

TEST_F(HttpSourceTest, RefusesABodyOfMoreReadingsThanOneAppendHolds) {
  std::string body;
  for (int i = 0; i < 600'000; ++i) body += "!\n";
  Post(body);
  EXPECT_EQ(Answer().status, 413);
  EXPECT_EQ(Entries(), 0);
}

TEST_F(HttpSourceTest, RefusesNewRequestsWhileItDrainsAndFinishesTheOldOnes) {
  log.Hold();
  Post("a\n");
  source->Drain();
  EXPECT_FALSE(source->Drained());
  Post("b\n");
  EXPECT_EQ(Answer().status, 503);
  log.Release();
  EXPECT_EQ(Answer().status, 202);
  EXPECT_TRUE(source->Drained());
}

TEST_F(HttpSourceTest, RefusesAPathThatIsTaken) {
  const auto second = HttpSource::Make({.name = "other"}, intake, *router, [](auto, auto&, auto& of) {
    return Result<std::unique_ptr<Decoder>>(std::make_unique<LineDecoder>(of));
  });
  EXPECT_FALSE(second.ok());
}

}  // namespace
}  // namespace sluice
