#include "http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json_text.h"

namespace sluice::http {
namespace {

using testing::ElementsAre;

struct RouterTest : testing::Test {
  RouterTest() {
    for (const char* pattern :
         {"/", "/api/streams", "/api/streams/{stream}/latest", "/api/streams/all/latest"}) {
      Add("GET", pattern);
    }
    Add("POST", "/api/sql");
  }
  void Add(const std::string& method, const std::string& pattern) {
    ASSERT_TRUE(router
                    .Add(method, pattern, {},
                         [pattern](Request request, Responder respond) {
                           respond(Response::Text(200, pattern + request.captures["stream"]));
                         })
                    .ok());
  }
  Response Ask(const std::string& method, const std::string& path) {
    Response answer;
    router.Dispatch({.method = method, .path = path},
                    [&](Response response) { answer = std::move(response); });
    return answer;
  }
  Router router;
};

TEST_F(RouterTest, FindsTheHandlerAndItsCaptures) {
  EXPECT_EQ(Ask("GET", "/").body, "/");
  EXPECT_EQ(Ask("GET", "/api/streams/readings/latest").body, "/api/streams/{stream}/latestreadings");
}
TEST_F(RouterTest, PrefersALiteralSegment) {
  EXPECT_EQ(Ask("GET", "/api/streams/all/latest").body, "/api/streams/all/latest");
}
TEST_F(RouterTest, AnswersHeadByGet) { EXPECT_EQ(Ask("HEAD", "/api/streams").status, 200); }
TEST_F(RouterTest, CapturesASegmentWithASlash) {
  const std::string segments[] = {"api", "streams", "a/b", "latest"};
  EXPECT_EQ(router.FindSegments("GET", segments).captures.at("stream"), "a/b");
}
TEST_F(RouterTest, Answers404ForAnUnknownPath) {
  for (const char* path : {"/api", "/api/streams/", "/api/streams//latest", "//"})
    EXPECT_EQ(Ask("GET", path).status, 404);
}
TEST_F(RouterTest, NamesTheMethodsOfAPath) {
  const Response answer = Ask("GET", "/api/sql");
  EXPECT_EQ(answer.status, 405);
  EXPECT_THAT(answer.headers, testing::Contains(testing::Pair("allow", "POST")));
}
TEST_F(RouterTest, OtherwiseIsForWhatNoRouteAnswers) {
  router.Otherwise({}, [](const Request&, const Responder& respond) { respond(Response::Text(503, "")); });
  EXPECT_EQ(Ask("GET", "/nowhere").status, 503);
  EXPECT_EQ(Ask("GET", "/api/sql").status, 503);
  EXPECT_EQ(Ask("GET", "/").status, 200);
}
TEST_F(RouterTest, RejectsASecondHandler) {
  EXPECT_FALSE(router.Add("GET", "/api/streams/{s}/latest", {}, nullptr).ok());
  EXPECT_FALSE(router.Add("GET", "relative", {}, nullptr).ok());
}

TEST(Problem, IsAProblemDocument) {
  const Response problem = Response::Problem(404, "", "no \"x\"\n", {{"dead", "0"}});
  EXPECT_EQ(problem.body, R"({"title":"Not Found","status":404,"detail":"no \"x\"\n","dead":0})");
  EXPECT_EQ(problem.headers.at(0).second, "application/problem+json");
}
TEST(Problem, IsValidJsonWhateverAClientSent) { EXPECT_EQ(JsonText("a\xff\x01"), R"("a\ufffd\u0001")"); }

}  // namespace
}  // namespace sluice::http
