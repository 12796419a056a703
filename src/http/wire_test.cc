#include "http/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client.h"

namespace sluice::http {
namespace {

using State = RequestReader::State;

// Feeds `text` in pieces of `step` bytes, as a slow network would.
State Read(RequestReader& reader, const std::string& text, size_t step = 1 << 20) {
  std::string rest;
  for (size_t at = 0; at < text.size(); at += step) {
    rest += text.substr(at, step);
    while (!rest.empty()) {
      const size_t used = reader.Feed(rest);
      rest.erase(0, used);
      if (used == 0) break;
    }
  }
  return reader.state();
}

int StatusOf(const std::string& text) {
  RequestReader reader(16 << 10);
  const State state = Read(reader, text);
  return state == State::bad ? reader.error_status() : state == State::done ? 200 : 0;
}

std::string With(const std::string& headers, const std::string& body = "") {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

TEST(RequestReader, ReadsARequestHoweverItIsCut) {
  const std::string text = With("Content-Length: 5\r\nX-Name: v\r\n", "hello");
  for (size_t step = 1; step <= text.size(); ++step) {
    RequestReader reader(16 << 10);
    ASSERT_EQ(Read(reader, text, step), State::done) << step;
    EXPECT_EQ(reader.request().body, "hello");
    EXPECT_EQ(reader.request().Header("x-name"), "v");
  }
}

TEST(RequestReader, ReadsChunksAndIgnoresTrailers) {
  const std::string text =
      With("Transfer-Encoding: chunked\r\n", "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nHost: other\r\n\r\n");
  for (const size_t step : {1u, 3u, 1000u}) {
    RequestReader reader(16 << 10);
    ASSERT_EQ(Read(reader, text, step), State::done);
    EXPECT_EQ(reader.request().body, "hello world");
    EXPECT_EQ(reader.request().Header("host"), "h");
  }
}

TEST(RequestReader, StopsBehindTheHead) {
  RequestReader reader(16 << 10);
  const std::string head = With("Content-Length: 5\r\n");
  EXPECT_EQ(reader.Feed(head + "hello"), head.size());
  EXPECT_EQ(reader.state(), State::body);
  EXPECT_EQ(reader.content_length(), 5u);
}

TEST(RequestReader, RefusesTwoLengths) {
  EXPECT_EQ(StatusOf(With("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), 400);
  EXPECT_EQ(StatusOf(With("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")), 400);
  EXPECT_EQ(StatusOf(With("Content-Length: 3\r\nContent-Length: 4\r\n", "abc")), 400);
  EXPECT_EQ(StatusOf(With("Content-Length: 3, 4\r\n", "abc")), 400);
  EXPECT_EQ(StatusOf(With("Content-Length: -3\r\n", "abc")), 400);
  EXPECT_EQ(StatusOf(With("Content-Length: 99999999999999999999\r\n", "abc")), 400);
}

TEST(RequestReader, RefusesOtherTransferEncodings) {
  EXPECT_EQ(StatusOf(With("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")), 501);
  EXPECT_EQ(StatusOf(With("Transfer-Encoding: identity\r\n")), 501);
  EXPECT_EQ(StatusOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

TEST(RequestReader, WantsOneHost) {
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.0\r\n\r\n"), 200);
}

TEST(RequestReader, RefusesWhatIsNoRequest) {
  for (const char* text : {"\x16\x03\x01 hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "G@T / HTTP/1.1\r\n\r\n"}) {
    EXPECT_EQ(StatusOf(text), 400) << text;
  }
  EXPECT_EQ(StatusOf("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
}

TEST(RequestReader, BoundsTheHead) {
  EXPECT_EQ(StatusOf(With("X: " + std::string(17 << 10, 'x') + "\r\n")), 431);
  EXPECT_EQ(StatusOf("GET /" + std::string(17 << 10, 'x')), 431);
  EXPECT_EQ(StatusOf("GET /" + std::string(15 << 10, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
}

TEST(RequestReader, RefusesBadChunks) {
  EXPECT_EQ(StatusOf(With("Transfer-Encoding: chunked\r\n", "zz\r\nhello\r\n0\r\n\r\n")), 400);
  EXPECT_EQ(StatusOf(With("Transfer-Encoding: chunked\r\n", "ffffffffffffffffff\r\n")), 400);
}

TEST(FormatHead, DropsHeadersThatWouldWriteOthers) {
  const Response response{.status = 200, .headers = {{"x", "a\r\ny: b"}, {"z", "c"}}};
  const std::string head = FormatHead(response, 0, true, false, FormatHttpDate(784111777));
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\nz: c\r\ncontent-length: 0\r\n\r\n");
}

TEST(EventParser, CutsAStreamIntoEventsHoweverItIsCut) {
  const std::string text = ": hi\nid: 7\ndata: one\ndata: two\n\nevent: gap\r\ndata:x\r\n\r\nid: 8\n\n";
  for (size_t step = 1; step < text.size(); ++step) {
    EventParser parser;
    std::vector<std::string> seen;
    for (size_t at = 0; at < text.size(); at += step) {
      EXPECT_TRUE(parser.Feed(text.substr(at, step), [&](const ServerEvent& event) {
        seen.push_back(event.id + "/" + event.event + "/" + event.data);
        return true;
      }));
    }
    EXPECT_THAT(seen, testing::ElementsAre("7/message/one\ntwo", "7/gap/x", "8//"));
  }
}

TEST(ParseUrl, TakesHostPortAndPrefix) {
  const auto url = ParseUrl("http://[::1]:8080/prefix/");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->host + "|" + url->port + "|" + url->path, "::1|8080|/prefix");
  EXPECT_EQ(ParseUrl("localhost")->port, "80");
  for (const char* bad : {"", "https://x", "http://", "http://a:b", "http://[::1"})
    EXPECT_FALSE(ParseUrl(bad).ok()) << bad;
}

}  // namespace
}  // namespace sluice::http
