// What operates the pipeline: status, audit, dead letters, forgetting a job.
#include <charconv>

#include <arrow/util/base64.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/body.h"
#include "api/parameters.h"
#include "api/routes.h"
#include "codecs/json_rows.h"
#include "core/json_text.h"
#include "core/utf8.h"
#include "http/target.h"
#include "log/dead_stream.h"

namespace sluice::api {
namespace {

constexpr int64_t kDeadLetters = 100;
constexpr int64_t kPreview = 1'024;  // bytes of a dead letter in a list; by its id it is shown whole
constexpr const char* kDeadPattern = "/api/dead";

Result<http::Response> StatusOf(const ApiContext& context, const http::Request&) {
  return http::Response::Json(200, context.actions.StatusJson());
}

Result<http::Response> AuditOf(const ApiContext& context, const http::Request& request) {
  SLUICE_ASSIGN(const bool deep, FlagOf(request, "deep"));
  SLUICE_ASSIGN(const AuditReport report, context.actions.Audit(deep));
  return http::Response::Json(200, AuditJson(report));
}

// The first bytes as text when they are UTF-8, otherwise as base64; `whole` when no byte behind them was left
// out.
void AppendBytes(std::string_view shown, bool whole, std::string& out) {
  // Not in the middle of a character.
  std::string_view text = shown;
  for (int i = 0; i < 3 && !IsUtf8(text) && !text.empty(); ++i) text.remove_suffix(1);
  const bool cut = text.size() < shown.size() && whole;
  if (IsUtf8(text) && !cut) {
    out += ",\"text\":";
    AppendJsonText(text, &out);
  } else {
    out += ",\"base64\":";
    AppendJsonText(arrow::util::base64_encode(shown), &out);
  }
}

void AppendDeadLetter(const StoredDeadLetter& letter, std::string& out) {
  const DeadEntry& entry = letter.entry;
  out += fmt::format(R"({{"id":{},"stream":{},"job":{},"partition":{},"position":{},"reason":{},"source":{},)"
                     R"("arrival":"{}","length":{},"hash":{})",
                     letter.id, JsonText(DeclaredStreamOf(letter.stream)), JsonText(letter.job),
                     letter.partition, entry.at, JsonText(entry.reason), JsonText(entry.source),
                     FormatRfc3339(entry.arrival), entry.length, JsonText(entry.hash));
  AppendBytes(entry.bytes, static_cast<int64_t>(entry.bytes.size()) == entry.length, out);
  out += '}';
}

Result<std::optional<int64_t>> NumberOf(const http::Request& request, const std::string& name) {
  const auto text = request.Query(name);
  if (!text) return std::optional<int64_t>();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) {
    return Status::Reject(fmt::format("{} '{}' is no whole number", name, *text));
  }
  return std::optional(number);
}

Result<DeadLettersQuery> DeadQueryOf(const http::Request& request, int64_t limit) {
  DeadLettersQuery query{.stream = request.Query("stream"), .limit = limit + 1, .bytes = kPreview};
  SLUICE_ASSIGN(const auto id, NumberOf(request, "id"));
  SLUICE_ASSIGN(const auto after, NumberOf(request, "after"));
  query.after = after.value_or(0);
  if (id) {
    query.ids = {*id};
    query.bytes = kDeadBytesKept;
  }
  return query;
}

Result<http::Response> DeadLetters(const ApiContext& context, const http::Request& request) {
  const auto stream = request.Query("stream");
  const auto is_it = [&](const StreamSpec& spec) { return spec.name == *stream; };
  if (stream && std::none_of(context.streams.begin(), context.streams.end(), is_it)) {
    return UnknownStream(context, *stream);
  }
  SLUICE_ASSIGN(const int64_t limit, LimitOf(request, kDeadLetters));
  SLUICE_ASSIGN(const DeadLettersQuery query, DeadQueryOf(request, limit));
  SLUICE_ASSIGN(auto letters, context.store->DeadLetters(query));
  const bool more = static_cast<int64_t>(letters.size()) > limit;
  if (more) letters.resize(static_cast<size_t>(limit));
  std::string body = "[";
  for (const StoredDeadLetter& letter : letters) {
    if (body.size() > 1) body += ',';
    AppendDeadLetter(letter, body);
  }
  http::Response response = http::Response::Json(200, body + "]");
  if (more) {
    const std::string last = std::to_string(letters.back().id);
    response.headers.emplace_back("link", NextLink(kDeadPattern, request, "after", last));
  }
  return response;
}

Result<http::Response> ReplayDead(const ApiContext& context, const http::Request& request) {
  SLUICE_ASSIGN(const std::vector<int64_t> ids, ParseIdsBody(request.body));
  SLUICE_ASSIGN(const ReplayedDead done, context.actions.ReplayDead(ids));
  std::vector<std::string> stayed;
  for (const ReplayedDead::Stayed& letter : done.stayed) {
    stayed.push_back(fmt::format(R"({{"id":{},"reason":{}}})", letter.id, JsonText(letter.reason)));
  }
  return http::Response::Json(
      200, fmt::format(R"({{"replayed":{},"stayed":[{}]}})", done.replayed, fmt::join(stayed, ",")));
}

Result<http::Response> DropDead(const ApiContext& context, const http::Request& request) {
  SLUICE_ASSIGN(const std::vector<int64_t> ids, ParseIdsBody(request.body));
  SLUICE_ASSIGN(const int64_t dropped, context.actions.DropDead(ids));
  return http::Response::Json(200, fmt::format(R"({{"dropped":{}}})", dropped));
}

Result<http::Response> Forget(const ApiContext& context, const http::Request& request) {
  const std::string& job = request.captures.at("job");
  SLUICE_TRY(context.actions.Forget(job));
  return http::Response::Json(200, fmt::format(R"({{"forgotten":{}}})", JsonText(job)));
}

constexpr auto kTerms =
    R"({"type":"object","additionalProperties":{"type":"object","properties":{"received":{"type":"integer"},)"
    R"("stored":{"type":"integer"},"filtered":{"type":"integer"},"duplicate":{"type":"integer"},)"
    R"("late":{"type":"integer"},"dead":{"type":"integer"},"gaps":{"type":"integer"},"lost":{"type":"integer"},)"
    R"("expired":{"type":"integer"},"waiting":{"type":"integer"}}}})";
constexpr auto kDead =
    R"({"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},"stream":{"type":"string"},)"
    R"("job":{"type":"string"},"partition":{"type":"integer"},"position":{"type":"integer"},)"
    R"("reason":{"type":"string"},"source":{"type":"string"},"arrival":{"type":"string","format":"date-time"},)"
    R"("length":{"type":"integer"},"hash":{"type":"string"},"text":{"type":"string"},"base64":{"type":"string"}}}})";
constexpr auto kIds =
    R"({"type":"object","required":["ids"],"additionalProperties":false,"properties":{"ids":{"type":"array",)"
    R"("minItems":1,"items":{"type":"integer"}}}})";
constexpr auto kReplayed =
    R"({"type":"object","properties":{"replayed":{"type":"integer"},"stayed":{"type":"array","items":)"
    R"({"type":"object","properties":{"id":{"type":"integer"},"reason":{"type":"string"}}}}}})";

std::string CountSchema(std::string_view name) {
  return fmt::format(R"({{"type":"object","properties":{{"{}":{{"type":"integer"}}}}}})", name);
}

std::string AuditSchema() {
  return fmt::format(R"({{"type":"object","properties":{{"ok":{{"type":"boolean"}},"streams":{},"jobs":{},)"
                     R"("findings":{{"type":"array","items":{{"type":"string"}}}}}}}})",
                     kTerms, kTerms);
}

Route Post(std::string path, std::string about, std::vector<Parameter> parameters, std::string body,
           std::string answer, RouteHandler handler) {
  return {"POST",
          std::move(path),
          std::move(about),
          std::move(parameters),
          std::move(body),
          std::move(answer),
          "application/json",
          false,
          {},
          handler};
}

}  // namespace

std::vector<Route> OperationRoutes() {
  const Parameter deep{"deep", Parameter::query, R"({"type":"boolean","default":false})",
                       "Also counts the rows of every table and compares."};
  const Parameter stream{"stream", Parameter::query, R"({"type":"string"})",
                         "Only dead letters of this stream."};
  const Parameter id{"id", Parameter::query, R"({"type":"integer"})",
                     "Only this dead letter, with all bytes kept."};
  const Parameter job{"job", Parameter::path, R"({"type":"string"})",
                      "store.STREAM, lake.NAME, summary.NAME …"};
  return {
      {"GET",
       "/api/status",
       "What runs, how far it is, and who waits for whom.",
       {},
       "",
       R"({"type":"object"})",
       "application/json",
       false,
       {},
       StatusOf},
      {"GET",
       "/api/audit",
       "The books: every reading received, and what became of it.",
       {deep},
       "",
       AuditSchema(),
       "application/json",
       false,
       {},
       AuditOf},
      {"GET",
       kDeadPattern,
       "Dead letters, with reason and the first bytes as text, or as base64 when they are none.",
       {stream, id, LimitParameter(kDeadLetters), AfterParameter("id")},
       "",
       kDead,
       "application/json",
       false,
       {404},
       DeadLetters},
      Post("/api/dead/replay", "Offers dead letters to their stream again.", {}, kIds, kReplayed, ReplayDead),
      Post("/api/dead/drop", "Drops dead letters.", {}, kIds, CountSchema("dropped"), DropDead),
      Post("/api/jobs/{job}/forget", "Gives up a job's position, so that it no longer holds the log back.",
           {job}, "", R"({"type":"object","properties":{"forgotten":{"type":"string"}}})", Forget),
  };
}

}  // namespace sluice::api
