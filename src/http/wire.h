// Wire: bytes of HTTP/1 to messages and back, without a socket. The listener feeds what it reads to a
// RequestReader, our own client feeds a ResponseReader. Beast's parser does the reading and is seen by
// wire.cc alone. One thread at a time. What a sender gets wrong becomes a status and a sentence for it, never
// an exception.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace sluice::http {

// Reads one request. Feed it until `done` or `bad`; it stops behind the head so that the request can be
// refused before its body is read.
class RequestReader {
 public:
  enum class State { head, body, done, bad };

  explicit RequestReader(int64_t max_header);
  ~RequestReader();

  // Uses up bytes from the front and says how many; the caller offers the rest again, with more behind it.
  size_t Feed(std::string_view bytes);
  State state() const;

  // From the head on (state is neither head nor bad): method, headers (names in lower case) and, later, body
  // are filled; path, query and peer are not.
  Request& request();
  const std::string& raw_target() const;
  bool is_http_1_0() const;
  bool keep_alive() const;
  std::optional<uint64_t> content_length() const;
  bool has_body() const;  // something follows the head

  // When bad: what to answer before closing.
  int error_status() const;
  const std::string& error_detail() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

// Reads one response for our client.
class ResponseReader {
 public:
  explicit ResponseReader(bool to_head);  // the answer to HEAD has no body, whatever its head says
  ~ResponseReader();

  // False: not HTTP. Call with an empty view when the peer closed.
  bool Feed(std::string_view bytes);
  bool has_head() const;
  bool done() const;
  Response& response();
  // What arrived of the body since the last call.
  std::string TakeBody();

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::string rest_;
};

// Status line and header fields. `length` unset: the body ends with the connection.
std::string FormatHead(const Response& response, std::optional<size_t> length, bool keep_alive, bool http_1_0,
                       std::string_view date);
// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string FormatHttpDate(int64_t unix_seconds);

}  // namespace sluice::http
