// Rules: what a request's head must say before anything is done for it. They keep web pages that a person
// happens to visit from using a server that listens on loopback without credentials. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/router.h"

namespace sluice::http {

bool IsLoopback(std::string_view address);

// On loopback only names of this machine are served: a foreign name that resolves to us is a page rebinding
// its DNS. 421 with a hint, or nothing.
std::optional<Response> RefuseHost(std::string_view host);

// A request that changes something: a foreign Origin (403) and, for POST to /api/ outside the ingest routes,
// anything but JSON (415). Ingest routes take any origin unless the server is on loopback.
std::optional<Response> RefuseForeign(const Request& request, const RouteOptions& route, bool on_loopback);

// "application/json" of "application/json; charset=utf-8", in lower case.
std::string MediaType(std::string_view content_type);

// The offered media type that the Accept header likes best; the first one of equals, also for an empty
// header.
// "" when none is acceptable.
std::string_view ChooseMediaType(std::string_view accept, std::span<const std::string_view> offered);

}  // namespace sluice::http
