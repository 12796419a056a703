#include "http/rules.h"

#include <algorithm>
#include <charconv>

#include "core/ascii.h"

namespace sluice::http {
namespace {

// Cuts the next item off the front of a list.
std::string_view NextItem(std::string_view* list, char separator) {
  const size_t end = std::min(list->find(separator), list->size());
  const std::string_view item = Trim(list->substr(0, end));
  list->remove_prefix(std::min(end + 1, list->size()));
  return item;
}

// "name[:port]" without its port; "" when the port is none.
std::string_view HostName(std::string_view host) {
  const size_t bracket = host.find(']');
  const size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return host;
  const std::string_view port = host.substr(colon + 1);
  const bool digits = std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && port.size() <= 5 ? host.substr(0, colon) : "";
}

bool Changes(const std::string& method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

// How well a range of an Accept header fits: 0 not, 1 "*/*", 2 "type/*", 3 exactly.
int Fit(std::string_view range, std::string_view offered) {
  if (range == offered) return 3;
  if (range == "*/*" || range == "*") return 1;
  const size_t slash = offered.find('/');
  return range.ends_with("/*") && range.substr(0, range.size() - 1) == offered.substr(0, slash + 1) ? 2 : 0;
}

// The q of an Accept item's parameters, in thousandths; 1000 without one.
int Quality(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view item = NextItem(&parameters, ';');
    if (item.size() < 3 || (item[0] | 0x20) != 'q' || item[1] != '=') continue;
    double q = 0;
    const auto [end, error] = std::from_chars(item.data() + 2, item.data() + item.size(), q);
    if (error != std::errc() || !(q >= 0 && q <= 1)) return 0;
    return static_cast<int>(q * 1000);
  }
  return 1000;
}

// The quality that the header gives to one type: that of the range that fits it best.
int QualityOf(std::string_view accept, std::string_view offered) {
  int best_fit = 0;
  int quality = 0;
  while (!accept.empty()) {
    std::string_view item = NextItem(&accept, ',');
    const std::string range = LowerCase(NextItem(&item, ';'));
    const int fit = Fit(range, offered);
    if (fit > best_fit) {
      best_fit = fit;
      quality = Quality(item);
    }
  }
  return quality;
}

}  // namespace

bool IsLoopback(std::string_view address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

std::optional<Response> RefuseHost(std::string_view host) {
  const std::string name = LowerCase(HostName(host));
  if (name == "localhost" || name == "127.0.0.1" || name == "[::1]") return std::nullopt;
  return Response::Problem(
      421, "Misdirected Request",
      "this server listens on loopback and answers to localhost, 127.0.0.1 and [::1] only, not to '" +
          std::string(host.substr(0, 100)) + "'; use one of these names in the URL");
}

std::optional<Response> RefuseForeign(const Request& request, const RouteOptions& route, bool on_loopback) {
  if (!Changes(request.method)) return std::nullopt;
  const std::string origin = LowerCase(request.Header("origin"));
  if (!origin.empty() && (on_loopback || !route.ingest)) {
    const size_t scheme = origin.find("://");
    if (scheme == std::string::npos || origin.substr(scheme + 3) != LowerCase(request.Header("host"))) {
      return Response::Problem(
          403, "Forbidden",
          "a web page of another origin (" + origin.substr(0, 100) + ") may not send this request");
    }
  }
  if (route.ingest || request.method != "POST" || !request.path.starts_with("/api/")) return std::nullopt;
  if (MediaType(request.Header("content-type")) == "application/json") return std::nullopt;
  return Response::Problem(415, "Unsupported Media Type",
                           "send JSON: curl -H 'Content-Type: application/json' --data-binary '{…}' …");
}

std::string MediaType(std::string_view content_type) { return LowerCase(Trim(NextItem(&content_type, ';'))); }

std::string_view ChooseMediaType(std::string_view accept, std::span<const std::string_view> offered) {
  if (Trim(accept).empty()) return offered.empty() ? "" : offered.front();
  std::string_view best;
  int best_quality = 0;
  for (const std::string_view type : offered) {
    const int quality = QualityOf(accept, type);
    if (quality > best_quality) {
      best_quality = quality;
      best = type;
    }
  }
  return best;
}

}  // namespace sluice::http
