#include "http/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client.h"
#include "http/raw_client.h"

namespace sluice::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

void Echo(Request request, Responder respond) { respond(Response::Text(200, request.body)); }

// A listener with a few routes; a test may change the options before it opens it.
struct ListenerTest : testing::Test {
  ListenerTest() {
    Route("GET", "/hello", {}, [](Request, Responder respond) { respond(Response::Text(200, "hello")); });
    Route("POST", "/echo", {.max_body = 1000, .ingest = true}, Echo);
    Route("POST", "/quick", {.max_body = 1000, .ingest = true, .quick = true}, Echo);
    Route("POST", "/api/sql", {}, Echo);
  }
  void Route(const std::string& method, const std::string& path, RouteOptions route, Handler handler) {
    ASSERT_TRUE(router.Add(method, path, std::move(route), std::move(handler)).ok());
  }
  uint16_t Port() {
    if (!listener) {
      auto opened = Listener::Open(options, router);
      EXPECT_TRUE(opened.ok()) << opened.status().message();
      listener = *std::move(opened);
    }
    return listener->port();
  }
  // Sends raw bytes and reads until the server closes.
  std::string Exchange(const std::string& bytes) {
    RawClient client(Port());
    client.Send(bytes);
    return client.ReadToEnd();
  }
  static std::string Post(const std::string& path, const std::string& headers, const std::string& body) {
    return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body;
  }
  Result<Response> Get(const std::string& path) {
    Port();
    return Call(listener->url(), {.method = "GET", .path = path}, seconds(20));
  }

  Router router;
  ListenerOptions options;
  std::unique_ptr<Listener> listener;
};

constexpr char kHost[] = "Host: localhost\r\n";

TEST_F(ListenerTest, AnswersGet) {
  const auto response = Get("/hello");
  ASSERT_TRUE(response.ok()) << response.status().message();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello");
}

TEST_F(ListenerTest, KeepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
  const std::string text = Exchange(Post("/echo", "Content-Length: 3\r\n", "one") +
                                    Post("/quick", "Content-Length: 3\r\n", "two") +
                                    "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_LT(text.find("one"), text.find("two"));
  EXPECT_LT(text.find("two"), text.find("hello"));
  EXPECT_THAT(text, EndsWith("hello"));
}

}  // namespace
}  // namespace sluice::http
