#include "http/router.h"

#include <algorithm>

#include "http/target.h"

namespace sluice::http {
namespace {

bool IsCapture(const std::string& segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::string NameOf(const std::string& capture) { return capture.substr(1, capture.size() - 2); }

bool Fits(const std::vector<std::string>& pattern, std::span<const std::string> segments) {
  if (pattern.size() != segments.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool last = i + 1 == pattern.size();
    if (IsCapture(pattern[i]) ? segments[i].empty() && !last : pattern[i] != segments[i]) return false;
  }
  return true;
}

// Whether `a` is the more literal one at the first segment where only one of them captures.
bool MoreLiteral(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (IsCapture(a[i]) != IsCapture(b[i])) return IsCapture(b[i]);
  }
  return false;
}

// Captures have no names here: "/a/{x}" and "/a/{y}" are one pattern.
bool SamePattern(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const auto& x, const auto& y) {
           return (IsCapture(x) && IsCapture(y)) || x == y;
         });
}

}  // namespace

Status Router::Add(std::string method, std::string pattern, RouteOptions options, Handler handler) {
  if (pattern.empty() || pattern.front() != '/') {
    return Status::Reject("path '" + pattern + "' must begin with '/'");
  }
  std::vector<std::string> segments = SplitPath(pattern);
  for (const Route& route : routes_) {
    if (route.method == method && SamePattern(route.segments, segments)) {
      return Status::Reject(method + " " + pattern + " has a handler already; choose another path");
    }
  }
  routes_.push_back({std::move(method), std::move(segments), std::move(options), std::move(handler)});
  return {};
}

void Router::Otherwise(RouteOptions options, Handler handler) {
  otherwise_ = Route{.options = std::move(options), .handler = std::move(handler)};
}

Router::Match Router::Find(const std::string& method, const std::string& path) const {
  return FindSegments(method, SplitPath(path));
}

Router::Match Router::FindSegments(const std::string& method, std::span<const std::string> segments) const {
  const std::string wanted = method == "HEAD" ? "GET" : method;
  Match match{.status = 404};
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (!Fits(route.segments, segments)) continue;
    if (route.method != wanted) {
      match.allowed.push_back(route.method);
    } else if (best == nullptr || MoreLiteral(route.segments, best->segments)) {
      best = &route;
    }
  }
  if (best == nullptr && otherwise_)
    return {.handler = &otherwise_->handler, .options = &otherwise_->options};
  if (best == nullptr) {
    if (!match.allowed.empty()) match.status = 405;
    return match;
  }
  match = {.handler = &best->handler, .options = &best->options};
  for (size_t i = 0; i < segments.size(); ++i) {
    if (IsCapture(best->segments[i])) match.captures[NameOf(best->segments[i])] = segments[i];
  }
  return match;
}

Response Router::NotMatched(const Request& request, const Match& match) {
  if (match.status != 405) {
    return Response::Problem(404, "Not Found", "nothing is served at " + request.path);
  }
  std::string allowed;
  for (const std::string& method : match.allowed) {
    if (allowed.find(method) != std::string::npos) continue;
    allowed += (allowed.empty() ? "" : ", ") + method;
    if (method == "GET") allowed += ", HEAD";
  }
  Response response = Response::Problem(405, "Method Not Allowed", request.path + " takes " + allowed);
  response.headers.emplace_back("allow", allowed);
  return response;
}

void Router::Dispatch(Request request, Responder respond) const {
  Match match = Find(request.method, request.path);
  if (match.handler == nullptr) return respond(NotMatched(request, match));
  if (match.options->admit) {
    if (auto refusal = match.options->admit(request)) return respond(*std::move(refusal));
  }
  request.captures = std::move(match.captures);
  (*match.handler)(std::move(request), std::move(respond));
}

}  // namespace sluice::http
