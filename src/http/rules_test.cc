#include "http/rules.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

int HostStatus(std::string_view host) {
  const auto refusal = RefuseHost(host);
  return refusal ? refusal->status : 200;
}

Request Post(const std::string& path, const std::string& origin,
             const std::string& type = "application/json") {
  return {.method = "POST",
          .path = path,
          .headers = {{"host", "localhost:8080"}, {"origin", origin}, {"content-type", type}}};
}

int ForeignStatus(const Request& request, bool ingest = false, bool loopback = true) {
  const auto refusal = RefuseForeign(request, {.ingest = ingest}, loopback);
  return refusal ? refusal->status : 200;
}

TEST(HostRule, TakesTheNamesOfThisMachine) {
  for (const char* host :
       {"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"}) {
    EXPECT_EQ(HostStatus(host), 200) << host;
  }
}

TEST(HostRule, RefusesEveryOtherName) {
  for (const char* host : {"", "example.org", "localhost.example.org", "127.0.0.1.nip.io", "localhost:80x",
                           "[::2]", "localhost:8080:1", "[::1].org", "user@localhost"}) {
    EXPECT_EQ(HostStatus(host), 421) << host;
  }
}

TEST(OriginRule, TakesOurOwnPagesAndWhatIsNoPage) {
  EXPECT_EQ(ForeignStatus(Post("/api/sql", "http://localhost:8080")), 200);
  EXPECT_EQ(ForeignStatus(Post("/api/sql", "")), 200);
}

TEST(OriginRule, RefusesPagesOfOtherOrigins) {
  for (const char* origin : {"https://example.org", "null", "http://localhost:3000", "localhost:8080"}) {
    EXPECT_EQ(ForeignStatus(Post("/api/sql", origin)), 403) << origin;
  }
}

TEST(OriginRule, LetsReadingsComeFromAnyPageOnlyOffLoopback) {
  EXPECT_EQ(ForeignStatus(Post("/ingest/readings", "https://example.org"), true, true), 403);
  EXPECT_EQ(ForeignStatus(Post("/ingest/readings", "https://example.org"), true, false), 200);
}

TEST(OriginRule, LetsEveryoneRead) {
  Request request = Post("/api/status", "https://example.org");
  request.method = "GET";
  EXPECT_EQ(ForeignStatus(request), 200);  // without CORS headers the page cannot see the answer
}

TEST(JsonRule, WantsJsonForTheApiButNotForReadings) {
  EXPECT_EQ(ForeignStatus(Post("/api/sql", "", "text/plain")), 415);
  EXPECT_EQ(ForeignStatus(Post("/api/sql", "", "Application/JSON; charset=utf-8")), 200);
  EXPECT_EQ(ForeignStatus(Post("/ingest/readings", "", "text/csv"), true), 200);
}

TEST(Accept, ChoosesTheBestOfWhatIsOffered) {
  constexpr std::string_view kOffered[] = {"application/json", "text/csv", "text/html"};
  EXPECT_EQ(ChooseMediaType("", kOffered), "application/json");
  EXPECT_EQ(ChooseMediaType("*/*", kOffered), "application/json");
  EXPECT_EQ(ChooseMediaType("text/*;q=0.5, text/html", kOffered), "text/html");
  EXPECT_EQ(ChooseMediaType("text/html,application/xhtml+xml,*/*;q=0.8", kOffered), "text/html");
  EXPECT_EQ(ChooseMediaType("application/json;q=0, */*", kOffered), "text/csv");
  EXPECT_EQ(ChooseMediaType("image/png", kOffered), "");
}

}  // namespace
}  // namespace sluice::http
