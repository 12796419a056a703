#include "api/parameters.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/json_text.h"
#include "http/target.h"

namespace sluice::api {
namespace {

constexpr auto kTime = R"({"type":"string","format":"date-time"})";

bool IsQuery(const Parameter& parameter) { return parameter.in == Parameter::query; }

std::vector<std::string> QueryNames(const Route& route) {
  std::vector<std::string> names;
  for (const Parameter& parameter : route.parameters) {
    if (IsQuery(parameter)) names.push_back(parameter.name);
  }
  return names;
}

}  // namespace

Status CheckQuery(const Route& route, const http::Request& request) {
  const std::vector<std::string> known = QueryNames(route);
  for (size_t i = 0; i < request.query.size(); ++i) {
    const std::string& name = request.query[i].first;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      if (known.empty())
        return Status::Reject(fmt::format("unknown parameter '{}': there are none here", name));
      return Status::Reject(fmt::format("unknown parameter '{}'; known: {}", name, fmt::join(known, ", ")));
    }
    for (size_t j = 0; j < i; ++j) {
      if (request.query[j].first == name)
        return Status::Reject(fmt::format("{} is given more than once", name));
    }
  }
  return {};
}

Result<int64_t> LimitOf(const http::Request& request, int64_t otherwise, int64_t most) {
  const auto text = request.Query("limit");
  if (!text) return otherwise;
  int64_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc() || end != text->data() + text->size() || limit < 1 || limit > most) {
    return Status::Reject(fmt::format("limit '{}' is not a whole number from 1 to {}", *text, most));
  }
  return limit;
}

Result<std::optional<Timestamp>> TimeOf(const http::Request& request, const std::string& name) {
  auto text = request.Query(name);
  if (!text) return std::optional<Timestamp>();
  auto time = ParseRfc3339(*text);
  if (!time.ok()) {
    // An unescaped '+' of an offset arrives as a blank.
    const size_t blank = text->rfind(' ');
    if (blank != std::string::npos && blank > 10) {
      (*text)[blank] = '+';
      time = ParseRfc3339(*text);
    }
  }
  if (!time.ok()) return time.status().In(name);
  return std::optional<Timestamp>(*time);
}

Result<TimeSpan> SpanOf(const http::Request& request) {
  TimeSpan span;
  SLUICE_ASSIGN(span.from, TimeOf(request, "from"));
  SLUICE_ASSIGN(span.to, TimeOf(request, "to"));
  if (span.from && span.to && *span.from > *span.to) {
    return Status::Reject(
        fmt::format("from ({}) is later than to ({})", FormatRfc3339(*span.from), FormatRfc3339(*span.to)));
  }
  return span;
}

Result<bool> IncludeFuture(const http::Request& request) {
  const auto text = request.Query("future");
  if (!text || *text == "exclude") return false;
  if (*text == "include") return true;
  return Status::Reject(fmt::format("future '{}' is neither include nor exclude", *text));
}

Result<bool> FlagOf(const http::Request& request, const std::string& name) {
  const auto text = request.Query(name);
  if (!text || *text == "false" || *text == "0") return false;
  if (text->empty() || *text == "true" || *text == "1") return true;
  return Status::Reject(fmt::format("{} '{}' is neither true nor false", name, *text));
}

const StreamSpec* FindStream(const ApiContext& context, const http::Request& request) {
  const auto named = request.captures.find("stream");
  for (const StreamSpec& stream : context.streams) {
    if (named == request.captures.end() ? stream.is_default : stream.name == named->second) return &stream;
  }
  const bool wants_default = named == request.captures.end();
  return wants_default && !context.streams.empty() ? &context.streams.front() : nullptr;
}

http::Response Unknown(std::string_view kind, std::string_view name, const std::vector<std::string>& known) {
  std::string list;
  for (const std::string& each : known) list += (list.empty() ? "" : ",") + JsonText(each);
  const std::string there = known.empty() ? fmt::format("there are no {}s", kind)
                                          : fmt::format("known: {}", fmt::join(known, ", "));
  return http::Response::Problem(404, fmt::format("Unknown {}", kind),
                                 fmt::format("there is no {} '{}'; {}", kind, name, there),
                                 {{"known", "[" + list + "]"}});
}

http::Response UnknownStream(const ApiContext& context, const std::string& name) {
  std::vector<std::string> known;
  for (const StreamSpec& stream : context.streams) known.push_back(stream.name);
  return Unknown("stream", name, known);
}

std::string NextLink(const std::string& pattern, const http::Request& request, const std::string& name,
                     const std::string& value) {
  std::string path;
  for (const std::string& segment : http::SplitPath(pattern)) {
    const bool captured = segment.size() > 2 && segment.front() == '{';
    path += '/';
    path +=
        captured ? http::PercentEncode(request.captures.at(segment.substr(1, segment.size() - 2))) : segment;
  }
  http::QueryItems query;
  for (const auto& item : request.query) {
    if (item.first != name) query.push_back(item);
  }
  query.emplace_back(name, value);
  return fmt::format("<{}?{}>; rel=\"next\"", path, http::FormatQuery(query));
}

Parameter StreamParameter() {
  return {"stream", Parameter::path, R"({"type":"string"})", "Name of a stream of the pipeline file."};
}

Parameter KeyInPath() {
  return {"key", Parameter::path, R"({"type":"string"})",
          "A key of the stream, percent-encoded; the empty key is an empty segment, as in `…/`."};
}

Parameter LimitParameter(int64_t otherwise) {
  return {"limit", Parameter::query,
          fmt::format(R"({{"type":"integer","minimum":1,"maximum":{},"default":{}}})", kMaxLimit, otherwise),
          "How many at most."};
}

Parameter FutureParameter() {
  return {"future", Parameter::query, R"({"type":"string","enum":["exclude","include"],"default":"exclude"})",
          "Whether readings stamped later than their arrival plus the stream's max_future are shown."};
}

Parameter AfterParameter(std::string_view what) {
  return {"after", Parameter::query, R"({"type":"string"})",
          fmt::format("Goes on behind this {}: the last of the page before.", what)};
}

Parameter BeforeParameter() {
  return {"before", Parameter::query, R"({"type":"string"})",
          "The opaque cursor of the Link header: goes on behind the last reading of the page before."};
}

std::vector<Parameter> SpanParameters() {
  return {{"from", Parameter::query, kTime, "Earliest time, included (RFC 3339)."},
          {"to", Parameter::query, kTime, "Latest time, excluded (RFC 3339)."}};
}

}  // namespace sluice::api
