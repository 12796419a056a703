// Client: a small blocking HTTP client for our own commands (`sluice status`, `sluice tail`) and tests. One
// request, one connection, no TLS, no redirects. Any thread. Fails with retry when the server cannot be
// reached or goes away, with reject when the URL or the answer is none.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/status.h"
#include "core/time.h"
#include "http/message.h"

namespace sluice::http {

struct Url {
  std::string host;  // without brackets
  std::string port = "80";
  std::string path;  // in front of a request's own, without a slash at its end
};
// "http://127.0.0.1:8080", "http://[::1]:8080/prefix"; the scheme may be left out.
Result<Url> ParseUrl(std::string_view text);

// Sends `request` (method, path, query, headers, body) to the server at `url`; the timeout is for all of it.
Result<Response> Call(const std::string& url, const Request& request, Duration timeout);

// One server-sent event.
struct ServerEvent {
  std::string id;     // the last one seen
  std::string event;  // "message" unless named; "" when it brought an id alone
  std::string data;
};

// Cuts a text/event-stream into events. One stream, one parser.
class EventParser {
 public:
  // False when `on_event` said stop.
  bool Feed(std::string_view bytes, const std::function<bool(const ServerEvent&)>& on_event);

 private:
  bool Line(std::string_view line, const std::function<bool(const ServerEvent&)>& on_event);
  std::string rest_;
  ServerEvent event_;
  bool has_data_ = false;
  bool has_id_ = false;
};

// Calls `on_event` for each event until it returns false (ok) or the server closes the stream (retry).
// `timeout` is for the head; afterwards the stream may be silent for ever. An answer other than 200 is a
// reject with its body.
Status ReadEvents(const std::string& url, const Request& request, Duration timeout,
                  const std::function<bool(const ServerEvent&)>& on_event);

}  // namespace sluice::http
