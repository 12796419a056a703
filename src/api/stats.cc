// Statistics of a span of a stream: of all readings, and of each key.
#include <fmt/format.h>

#include "api/parameters.h"
#include "api/routes.h"
#include "codecs/json_rows.h"
#include "core/json_text.h"

namespace sluice::api {
namespace {

constexpr const char* kDefaultPattern = "/data/stats";
constexpr const char* kStatsPattern = "/api/streams/{stream}/stats";

void AppendMember(std::string_view name, const FieldStats::Extreme& value, std::string& out) {
  out += fmt::format(",\"{}\":", name);
  if (!value) {
    out += "null";
  } else if (const auto* whole = std::get_if<int64_t>(&*value)) {
    out += std::to_string(*whole);
  } else {
    AppendJsonNumber(std::get<double>(*value), out);
  }
}

// "readings":n,"fields":{…}
void AppendStats(const StreamStats& stats, std::string& out) {
  out += fmt::format("\"readings\":{},\"fields\":{{", stats.readings);
  bool first = true;
  for (const auto& [name, field] : stats.fields) {
    if (!first) out += ',';
    first = false;
    AppendJsonText(name, &out);
    out += fmt::format(":{{\"count\":{}", field.count);
    AppendMember("min", field.min, out);
    AppendMember("max", field.max, out);
    AppendMember("avg", field.avg, out);
    AppendMember("stddev", field.stddev, out);
    out += '}';
  }
  out += '}';
}

void AppendKeys(const std::map<std::string, StreamStats>& keys, std::string& out) {
  out += ",\"keys\":{";
  bool first = true;
  for (const auto& [key, stats] : keys) {
    if (!first) out += ',';
    first = false;
    AppendJsonText(key, &out);
    out += ":{";
    AppendStats(stats, out);
    out += '}';
  }
  out += '}';
}

Result<bool> ByKeyOf(const StreamSpec& stream, const http::Request& request) {
  const auto by = request.Query("by");
  if (!by) return false;
  if (*by != "key") return Status::Reject(fmt::format("by '{}' is not possible; there is by=key", *by));
  if (!stream.key) return Status::Reject(fmt::format("stream '{}' has no key", stream.name));
  return true;
}

// The last 24 hours, unless the request says otherwise.
Result<StatsQuery> StatsQueryOf(const ApiContext& context, const StreamSpec& stream,
                                const http::Request& request) {
  StatsQuery query{.stream = stream.name};
  SLUICE_ASSIGN(query.by_key, ByKeyOf(stream, request));
  SLUICE_ASSIGN(query.include_future, IncludeFuture(request));
  SLUICE_ASSIGN(const TimeSpan span, SpanOf(request));
  const Timestamp now = context.clock.Now();
  query.to = span.to.value_or(query.include_future ? kMaxTime : now);
  query.from = span.from.value_or(std::max(kMinTime, span.to.value_or(now) - std::chrono::hours(24)));
  SLUICE_ASSIGN(query.limit, LimitOf(request, kMaxLimit));
  query.after = request.Query("after");
  if (query.from > query.to) return Status::Reject("from lies in the future: say to, too");
  return query;
}

Result<http::Response> Stats(const ApiContext& context, const http::Request& request) {
  const StreamSpec* stream = FindStream(context, request);
  if (stream == nullptr) return UnknownStream(context, request.captures.at("stream"));
  SLUICE_ASSIGN(StatsQuery query, StatsQueryOf(context, *stream, request));
  const auto limit = static_cast<size_t>(query.limit++);  // one more tells whether there is a next page
  SLUICE_ASSIGN(StatsAnswer answer, context.store->Stats(query));
  const bool more = answer.keys.size() > limit;
  if (more) answer.keys.erase(std::prev(answer.keys.end()));
  std::string body =
      fmt::format(R"({{"from":"{}","to":"{}",)", FormatRfc3339(query.from), FormatRfc3339(query.to));
  AppendStats(answer.all, body);
  if (query.by_key) AppendKeys(answer.keys, body);
  http::Response response = http::Response::Json(200, body + "}");
  if (more) {
    const std::string pattern = request.captures.contains("stream") ? kStatsPattern : kDefaultPattern;
    response.headers.emplace_back("link", NextLink(pattern, request, "after", answer.keys.rbegin()->first));
  }
  return response;
}

constexpr auto kStats =
    R"({"type":"object","properties":{"from":{"type":"string","format":"date-time"},"to":{"type":"string",)"
    R"("format":"date-time"},"readings":{"type":"integer"},"fields":{"type":"object","additionalProperties":)"
    R"({"type":"object","properties":{"count":{"type":"integer"},"min":{"type":["number","null"]},)"
    R"("max":{"type":["number","null"]},"avg":{"type":["number","null"]},"stddev":{"type":["number","null"]}}}},)"
    R"("keys":{"type":"object","description":"With by=key: readings and fields of each key."}}})";

Route StatsRoute(std::string path, std::string about, std::vector<Parameter> parameters) {
  for (Parameter& parameter : SpanParameters()) parameters.push_back(std::move(parameter));
  parameters.push_back({"by", Parameter::query, R"({"type":"string","enum":["key"]})", "Also for each key."});
  parameters.push_back(FutureParameter());
  parameters.push_back(LimitParameter(kMaxLimit));
  parameters.push_back(AfterParameter("key"));
  return {"GET",
          std::move(path),
          std::move(about),
          std::move(parameters),
          "",
          kStats,
          "application/json",
          false,
          {404},
          Stats};
}

}  // namespace

std::vector<Route> StatsRoutes() {
  const std::string about =
      "Count, minimum, maximum, mean and standard deviation of every numeric field; of the last "
      "24 hours unless from and to say otherwise.";
  return {StatsRoute(kDefaultPattern, "The default stream: " + about, {}),
          StatsRoute(kStatsPattern, about, {StreamParameter()})};
}

}  // namespace sluice::api
