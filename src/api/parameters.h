// Parameters: what a request's path and query say, as values or as a refusal for the sender.
// Pure functions; thread-safe. Failures: reject, the message names the parameter and what it takes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/routes.h"

namespace sluice::api {

inline constexpr int64_t kMaxLimit = 10'000;

// Every query parameter is one of the route's, given once.
Status CheckQuery(const Route& route, const http::Request& request);

Result<int64_t> LimitOf(const http::Request& request, int64_t otherwise, int64_t most = kMaxLimit);
Result<std::optional<Timestamp>> TimeOf(const http::Request& request, const std::string& name);
// from < to, when both are given.
struct TimeSpan {
  std::optional<Timestamp> from, to;
};
Result<TimeSpan> SpanOf(const http::Request& request);
// future=include (rule D12).
Result<bool> IncludeFuture(const http::Request& request);
// true, false, 1 or 0.
Result<bool> FlagOf(const http::Request& request, const std::string& name);

// The stream named by the path, or the default one; null when there is none of that name.
const StreamSpec* FindStream(const ApiContext& context, const http::Request& request);
http::Response UnknownStream(const ApiContext& context, const std::string& name);
// 404 that lists what there is: "there is no summary 'x'; known: a, b".
http::Response Unknown(std::string_view kind, std::string_view name, const std::vector<std::string>& known);

// <PATH?QUERY>; rel="next", the route's own path and parameters with `name` set to `value`.
std::string NextLink(const std::string& pattern, const http::Request& request, const std::string& name,
                     const std::string& value);

// The parameters that several routes share, for their tables.
Parameter StreamParameter();
Parameter KeyInPath();
Parameter LimitParameter(int64_t otherwise);
Parameter FutureParameter();
Parameter BeforeParameter();
// after=KEY, after=ID: goes on behind this one.
Parameter AfterParameter(std::string_view what);
std::vector<Parameter> SpanParameters();

}  // namespace sluice::api
