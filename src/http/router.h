// Router: which handler answers which method and path. Sources and the API register their routes before the
// listener serves them; afterwards it is read-only and any thread may dispatch.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/status.h"
#include "http/message.h"

namespace sluice::http {

struct RouteOptions {
  int64_t max_body = 8 << 20;  // bytes, after decompression too
  bool ingest = false;         // a device's door: any content type, no JSON rule for POST
  bool quick = false;  // never waits: with a small body the handler runs on the IO thread, else on a worker
  // Refuses by the head alone, before a byte of the body is read; runs on the IO thread, so it must not wait.
  std::function<std::optional<Response>(const Request& head)> admit;
};

class Router {
 public:
  // `pattern`: "/api/streams/{stream}/latest"; a segment in braces captures, the
  // last one an empty text too ("/by-key/" asks for the key ""). Rejects a second handler for the
  // same method and pattern.
  Status Add(std::string method, std::string pattern, RouteOptions options, Handler handler);
  // What answers when no route does, instead of 404 and 405.
  void Otherwise(RouteOptions options, Handler handler);

  struct Match {
    const Handler* handler = nullptr;       // null: `status` says 404 or 405
    const RouteOptions* options = nullptr;  // set with `handler`
    int status = 200;
    std::map<std::string, std::string> captures;
    std::vector<std::string> allowed;  // methods, for 405
  };
  // HEAD is answered by the handler of GET. `path` is decoded; a literal segment wins over a capture.
  Match Find(const std::string& method, const std::string& path) const;
  // The same for a path in decoded segments, so that a captured one may hold a slash ("a%2Fb").
  Match FindSegments(const std::string& method, std::span<const std::string> segments) const;

  // Finds and calls the handler, or answers 404 or 405 with a problem document. For tests and virtual time.
  void Dispatch(Request request, Responder respond) const;
  static Response NotMatched(const Request& request, const Match& match);

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    RouteOptions options;
    Handler handler;
  };
  std::vector<Route> routes_;
  std::optional<Route> otherwise_;
};

}  // namespace sluice::http
