// Router: which handler answers which method and path. Sources and the API register their routes before the listener
// starts; afterwards it is read-only and any thread may dispatch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/status.h"
#include "http/message.h"

namespace sluice::http {

struct RouteOptions {
  int64_t max_body = 8 << 20;  // bytes, after decompression too
  bool ingest = false;         // a device's door: any content type, no JSON rule for POST
};

class Router {
 public:
  // `pattern`: "/api/streams/{stream}/latest"; a segment in braces captures. Rejects a second handler for the same
  // method and pattern.
  Status Add(std::string method, std::string pattern, RouteOptions options, Handler handler);

  struct Match {
    const Handler* handler = nullptr;  // null: `status` says 404 or 405
    RouteOptions options;
    int status = 200;
    std::map<std::string, std::string> captures;
    std::vector<std::string> allowed;  // methods, for 405
  };
  Match Find(const std::string& method, const std::string& path) const;

  // Finds and calls the handler, or answers 404 or 405 with a problem document. For the listener and for tests.
  void Dispatch(Request request, Responder respond) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    RouteOptions options;
    Handler handler;
  };
  std::vector<Route> routes_;
};

}  // namespace sluice::http
