// Request and Response: what handlers see of HTTP. The listener (http/listener.h) owns sockets, limits and
// time-outs; tests and virtual time call handlers directly. Values, moved along; a Request belongs to its
// handler.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::http {

struct Request {
  std::string method;                                        // upper case
  std::string path;                                          // decoded, without query
  std::vector<std::pair<std::string, std::string>> query;    // decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::map<std::string, std::string> captures;               // of the route's {name} segments
  std::string body;                                          // whole and decompressed
  std::string peer;                                          // address of the client

  std::optional<std::string> Query(std::string_view name) const;
  std::string Header(std::string_view name) const;  // "" when absent
};

// A response that goes on after its head (server-sent events). The listener keeps the stream alive as long as
// the connection; whoever writes holds a weak_ptr. Write is thread-safe and never blocks: false means that
// the client is gone or too slow (its buffer of 1 MiB is full) and will be closed.
class EventStream {
 public:
  virtual ~EventStream() = default;
  virtual bool Write(std::string chunk) = 0;
  // Bytes written that wait for the connection: a writer with much to say pauses while there are many.
  virtual size_t Buffered() const = 0;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // When set, called once with the open stream after the head was sent; `body` is then empty.
  std::function<void(std::shared_ptr<EventStream>)> on_stream;

  static Response Json(int status, std::string body);
  static Response Text(int status, std::string body);
  // RFC 9457: application/problem+json with title, status, detail and further members (raw JSON values).
  static Response Problem(int status, std::string title, std::string detail,
                          std::vector<std::pair<std::string, std::string>> members = {});
};

// "Not Found"; "" for a status without a name here.
std::string_view ReasonPhrase(int status);

// Answers one request exactly once, now or later, from any thread.
using Responder = std::function<void(Response)>;
using Handler = std::function<void(Request, Responder)>;

}  // namespace sluice::http
