#include "http/listener.h"

#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client.h"
#include "http/packers.h"
#include "http/raw_client.h"

namespace sluice::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
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

TEST_F(ListenerTest, ServesAnotherRouterFromTheNextRequestOn) {
  Router other;
  ASSERT_TRUE(
      other
          .Add("GET", "/hello", {},
               [](const Request&, const Responder& respond) { respond(Response::Text(200, "again")); })
          .ok());
  EXPECT_EQ(Get("/hello")->body, "hello");
  listener->Serve(other);
  EXPECT_EQ(Get("/hello")->body, "again");
  listener.reset();
}

TEST_F(ListenerTest, KeepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
  const std::string text = Exchange(Post("/echo", "Content-Length: 3\r\n", "one") +
                                    Post("/quick", "Content-Length: 3\r\n", "two") +
                                    "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_LT(text.find("one"), text.find("two"));
  EXPECT_LT(text.find("two"), text.find("hello"));
  EXPECT_THAT(text, EndsWith("hello"));
}

TEST_F(ListenerTest, AnswersHeadWithoutABody) {
  const std::string text = Exchange("HEAD /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(text, HasSubstr("content-length: 5\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\n"));
}

TEST_F(ListenerTest, ClosesAfterAnHttp10RequestUnlessAskedNotTo) {
  EXPECT_THAT(Exchange("GET /hello HTTP/1.0\r\n\r\n"), EndsWith("hello"));
  RawClient client(Port());
  client.Send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("hello"), HasSubstr("connection: keep-alive"));
  client.Send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.ReadToEnd(), EndsWith("hello"));
}

TEST_F(ListenerTest, ReadsChunkedAndPackedBodies) {
  const std::string chunked =
      Post("/echo", "Transfer-Encoding: chunked\r\nConnection: close\r\n", "2\r\nhi\r\n0\r\n\r\n");
  EXPECT_THAT(Exchange(chunked), EndsWith("hi"));
  for (const auto& [coding, body] : {std::pair{"gzip", Gzip("packed")}, std::pair{"zstd", Zstd("packed")}}) {
    const Request request{
        .method = "POST", .path = "/quick", .headers = {{"content-encoding", coding}}, .body = body};
    EXPECT_EQ(Call(listener->url(), request, seconds(20))->body, "packed");
  }
}

TEST_F(ListenerTest, RefusesABombByItsUnpackedSize) {
  Port();
  const std::string bomb = Gzip(std::string(100'000, ' '));
  const Request request{
      .method = "POST", .path = "/echo", .headers = {{"content-encoding", "gzip"}}, .body = bomb};
  EXPECT_EQ(Call(listener->url(), request, seconds(20))->status, 413);
}

TEST_F(ListenerTest, SaysContinueToAClientThatWaitsForIt) {
  RawClient client(Port());
  client.Send(Post("/echo", "Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n", ""));
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 100"));
  client.Send("hi");
  EXPECT_THAT(client.ReadToEnd(), EndsWith("hi"));
}

TEST_F(ListenerTest, RefusesAnExpectedBodyInsteadOfAskingForIt) {
  RawClient client(Port());
  client.Send(Post("/echo", "Expect: 100-continue\r\nContent-Length: 2000\r\n", ""));
  EXPECT_THAT(client.ReadUntil("\r\n"), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(Exchange(Post("/echo", "Expect: something\r\nContent-Length: 0\r\nConnection: close\r\n", "")),
              StartsWith("HTTP/1.1 417"));
}

TEST_F(ListenerTest, LetsAClientSeeThatItsBodyIsTooLargeThoughItKeepsSending) {
  RawClient client(Port());
  EXPECT_TRUE(client.Send(Post("/echo", "Content-Length: 3000000\r\n", std::string(3'000'000, 'x'))));
  client.FinishSending();
  EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 413"));
}

TEST_F(ListenerTest, RefusesAChunkedBodyWhenItGrowsTooLarge) {
  RawClient client(Port());
  client.Send(Post("/echo", "Transfer-Encoding: chunked\r\n", "600\r\n" + std::string(0x600, 'x') + "\r\n"));
  EXPECT_THAT(client.ReadUntil("\r\n"), StartsWith("HTTP/1.1 413"));
}

TEST_F(ListenerTest, GivesUpDiscardingAfterItsLimits) {
  options.linger_timeout = milliseconds(20);
  RawClient client(Port());
  client.Send(Post("/echo", "Content-Length: 3000000\r\n", "begins"));
  EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 413"));
}

TEST_F(ListenerTest, ClosesOnTwoLengths) {
  const std::string text = Exchange(
      Post("/echo", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") + "GET /hello");
  EXPECT_THAT(text, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(text, HasSubstr("connection: close"));
}

TEST_F(ListenerTest, ClosesAConnectionThatIsIdle) {
  options.idle_timeout = milliseconds(20);
  RawClient client(Port());
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(ListenerTest, EndsASlowHead) {
  options.header_timeout = milliseconds(20);
  EXPECT_THAT(Exchange("GET /hello HTTP/1.1\r\nHos"), StartsWith("HTTP/1.1 408"));
}

TEST_F(ListenerTest, EndsABodyPastItsDeadline) {
  options.body_timeout = milliseconds(20);
  EXPECT_THAT(Exchange(Post("/echo", "Content-Length: 10\r\n", "slow")), StartsWith("HTTP/1.1 408"));
}

TEST_F(ListenerTest, EndsABodyThatTrickles) {
  options.rate_grace = milliseconds(10);
  options.min_body_rate = 1'000'000;
  EXPECT_THAT(Exchange(Post("/echo", "Content-Length: 900\r\n", "slow")), StartsWith("HTTP/1.1 408"));
}

TEST_F(ListenerTest, EndsAConnectionThatReadsNothing) {
  options.write_timeout = milliseconds(50);
  Route("GET", "/large", {},
        [](Request, Responder respond) { respond(Response::Text(200, std::string(64 << 20, 'x'))); });
  RawClient client(Port());
  client.Send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (listener->stats().timed_out == 0) std::this_thread::yield();
  EXPECT_LT(client.ReadToEnd().size(), size_t{64} << 20);
}

TEST_F(ListenerTest, TellsADeviceThatWaitsTooLongToRepeat) {
  options.ingest_timeout = milliseconds(20);
  Responder late;
  std::atomic<bool> waits{false};
  Route("POST", "/ingest/slow", {.ingest = true}, [&](Request, Responder respond) {
    late = std::move(respond);
    waits = true;
  });
  RawClient client(Port());
  client.Send(Post("/ingest/slow", "Content-Length: 2\r\n", "{}"));
  const std::string text = client.ReadUntil("twice");
  EXPECT_THAT(text, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(text, HasSubstr("retry-after: 1"));
  EXPECT_THAT(text, HasSubstr("Idempotency-Key"));
  while (!waits) std::this_thread::yield();
  late(Response::Text(202, "stored after all"));
  // The connection goes on, and what came too late is nobody's answer.
  client.Send("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string next = client.ReadToEnd();
  EXPECT_THAT(next, EndsWith("hello"));
  EXPECT_THAT(next, Not(HasSubstr("stored after all")));
}

TEST_F(ListenerTest, AnswersAClientThatFinishedSending) {
  RawClient client(Port());
  client.Send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.FinishSending();
  EXPECT_THAT(client.ReadToEnd(), EndsWith("hello"));
}

TEST_F(ListenerTest, TellsAClientThatEndedTooEarly) {
  for (const char* text :
       {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nshort", "GET /he"}) {
    RawClient client(Port());
    client.Send(text);
    client.FinishSending();
    EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 400"));
  }
}

TEST_F(ListenerTest, BoundsConnections) {
  options.max_connections = 1;
  RawClient first(Port());
  first.Send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  first.ReadUntil("hello");
  const std::string text = Exchange("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(text, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(text, HasSubstr("retry-after: 1"));
}

TEST_F(ListenerTest, BoundsTheBodiesHeldInAllConnectionsTogether) {
  options.max_body_bytes_held = 100;
  RawClient slow(Port());
  slow.Send(Post("/echo", "Content-Length: 90\r\n", std::string(60, 'x')));
  while (listener->body_bytes_held() < 60) std::this_thread::yield();
  EXPECT_THAT(Exchange(Post("/echo", "Content-Length: 50\r\nConnection: close\r\n", std::string(50, 'y'))),
              HasSubstr("retry-after: 1"));
  slow.Send(std::string(30, 'x'));
  slow.ReadUntil(std::string(90, 'x'));
  EXPECT_THAT(Exchange(Post("/echo", "Content-Length: 50\r\nConnection: close\r\n", std::string(50, 'y'))),
              EndsWith("yyy"));
}

TEST_F(ListenerTest, ServesNoForeignHostOrOrigin) {
  EXPECT_THAT(Exchange("GET /hello HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 421"));
  EXPECT_THAT(
      Exchange("GET http://evil.example/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
      StartsWith("HTTP/1.1 421"));
  const std::string origin =
      "Origin: http://evil.example\r\nContent-Type: application/json\r\nContent-Length: 0\r\nConnection: "
      "close\r\n";
  EXPECT_THAT(Exchange(Post("/api/sql", origin, "")), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(Exchange(Post("/api/sql", "Content-Length: 0\r\nConnection: close\r\n", "")),
              StartsWith("HTTP/1.1 415"));
}

TEST_F(ListenerTest, GivesEveryWeirdTargetAnAnswer) {
  for (const char* target : {"*", "/..", "/%00", "/\xff", "localhost:80", "/a%zz"}) {
    const std::string text =
        Exchange("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(text, StartsWith("HTTP/1.1 400")) << target;
  }
  EXPECT_EQ(Get("/nowhere")->status, 404);
  EXPECT_THAT(Exchange("GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              HasSubstr("allow: POST"));
}

TEST_F(ListenerTest, Answers500ForAHandlerThatThrowsOrForgets) {
  Route("GET", "/throws", {}, [](Request, Responder) { throw std::runtime_error("broken"); });
  Route("GET", "/forgets", {}, [](Request, Responder) {});
  Route("GET", "/quickly", {.quick = true}, [](Request, Responder) {});
  for (const char* path : {"/throws", "/forgets", "/quickly"}) EXPECT_EQ(Get(path)->status, 500) << path;
}

TEST_F(ListenerTest, RefusesByTheHeadBeforeTheBodyIsThere) {
  RouteOptions route;
  route.admit = [](const Request&) { return std::optional(Response::Problem(429, "", "later")); };
  Route("POST", "/picky", route, Echo);
  RawClient client(Port());
  client.Send(Post("/picky", "Content-Length: 100\r\n", ""));
  EXPECT_THAT(client.ReadUntil("\r\n"), StartsWith("HTTP/1.1 429"));
}

TEST_F(ListenerTest, GoesOnWhileAHandlerIsSlow) {
  std::promise<Responder> slow;
  Route("GET", "/slow", {}, [&](Request, Responder respond) { slow.set_value(std::move(respond)); });
  RawClient client(Port());
  client.Send("GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  Responder respond = slow.get_future().get();
  EXPECT_EQ(Get("/hello")->body, "hello");
  respond(Response::Text(200, "at last"));
  respond(Response::Text(200, "again"));
  EXPECT_THAT(client.ReadToEnd(), EndsWith("at last"));
}

struct EventStreams : ListenerTest {
  EventStreams() {
    Route("GET", "/events", {}, [this](Request, Responder respond) {
      Response response{.headers = {{"content-type", "text/event-stream"}}};
      response.on_stream = [this](std::shared_ptr<EventStream> opened) { stream.set_value(opened); };
      respond(std::move(response));
    });
  }
  std::weak_ptr<EventStream> Opened() { return stream.get_future().get(); }
  std::promise<std::weak_ptr<EventStream>> stream;
};

TEST_F(EventStreams, CarryWhatIsWrittenUntilTheClientLeaves) {
  Port();
  std::vector<std::string> seen;
  std::thread writer([this] {
    const auto opened = Opened();
    for (int i = 0; i < 3; ++i) {
      if (auto open = opened.lock()) open->Write("data: " + std::to_string(i) + "\n\n");
    }
    while (!opened.expired()) std::this_thread::yield();
  });
  EXPECT_TRUE(ReadEvents(listener->url(), {.method = "GET", .path = "/events"}, seconds(20),
                         [&](const ServerEvent& event) {
                           seen.push_back(event.data);
                           return seen.size() < 3;
                         })
                  .ok());
  writer.join();
  EXPECT_THAT(seen, testing::ElementsAre("0", "1", "2"));
}

TEST_F(EventStreams, CloseAClientThatIsTooSlow) {
  RawClient client(Port());
  client.Send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto opened = Opened();
  bool written = true;
  while (written) {
    auto open = opened.lock();
    written = open && open->Write(std::string(100'000, 'x'));
  }
  EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 200"));
  while (!opened.expired()) std::this_thread::yield();
}

TEST_F(EventStreams, TellTheWriterWhatAClientHasNotTakenYet) {
  RawClient client(Port());
  client.Send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto opened = Opened().lock();
  while (opened->Buffered() < 200'000) ASSERT_TRUE(opened->Write(std::string(50'000, 'x')));
  ASSERT_TRUE(opened->Write("the end"));
  client.ReadUntil("the end");
  while (opened->Buffered() > 0) std::this_thread::yield();
}

TEST_F(EventStreams, EndWhenTheListenerStops) {
  RawClient client(Port());
  client.Send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto opened = Opened();
  listener->Stop();
  EXPECT_TRUE(opened.expired());
  EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 200"));
}

TEST_F(ListenerTest, FinishesTheRequestsUnderWayWhenItStops) {
  std::promise<Responder> slow;
  Route("GET", "/slow", {}, [&](Request, Responder respond) { slow.set_value(std::move(respond)); });
  RawClient idle(Port());
  RawClient client(Port());
  client.Send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  Responder respond = slow.get_future().get();
  std::thread stopper([this] { listener->Stop(); });
  EXPECT_TRUE(idle.IsClosed());
  respond(Response::Text(200, "finished"));
  EXPECT_THAT(client.ReadToEnd(), EndsWith("finished"));
  stopper.join();
  EXPECT_FALSE(RawClient(listener->port()).connected());
}

TEST_F(ListenerTest, StopsThoughAHandlerNeverAnswers) {
  options.drain_timeout = milliseconds(20);
  std::promise<Responder> kept;
  Route("GET", "/never", {}, [&](Request, Responder respond) { kept.set_value(std::move(respond)); });
  RawClient client(Port());
  client.Send("GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n");
  Responder respond = kept.get_future().get();
  listener->Stop();
  EXPECT_TRUE(client.IsClosed());
  listener.reset();
  respond(Response::Text(200, "too late"));
}

TEST_F(ListenerTest, SaysWhatToDoAboutAPortInUse) {
  options.port = Port();
  const auto second = Listener::Open(options, router);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().message(), HasSubstr("choose another port"));
}

TEST_F(ListenerTest, RefusesToServeTheNetworkWithoutCredentials) {
  options.address = "0.0.0.0";
  const auto refused = Listener::Open(options, router);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.status().message(), HasSubstr("insecure = true"));
  options.insecure = true;
  Port();
  EXPECT_THAT(Exchange("GET /hello HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n\r\n"),
              EndsWith("hello"));
}

TEST_F(ListenerTest, BoundsTheConnectionsOfOneAddressOffLoopback) {
  options.address = "0.0.0.0";
  options.insecure = true;
  options.max_connections_per_address = 1;
  RawClient first(Port());
  first.Send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  first.ReadUntil("hello");
  EXPECT_THAT(Exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 503"));
}

}  // namespace
}  // namespace sluice::http
