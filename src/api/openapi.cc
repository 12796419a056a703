// The routes as an OpenAPI 3.1 document, and as the reference for people.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "api/parameters.h"
#include "api/render.h"
#include "api/routes.h"
#include "core/ascii.h"
#include "core/json_text.h"

namespace sluice::api {
namespace {

constexpr std::string_view kPlaces[] = {"path", "query", "header"};

std::string ParametersJson(const Route& route) {
  std::string list;
  for (const Parameter& parameter : route.parameters) {
    list += fmt::format(R"({}{{"name":{},"in":"{}","required":{},"schema":{},"description":{}}})",
                        list.empty() ? "" : ",", JsonText(parameter.name), kPlaces[parameter.in],
                        parameter.in == Parameter::path, parameter.schema, JsonText(parameter.about));
  }
  return list;
}

std::string ContentJson(const Route& route) {
  std::string content = fmt::format(R"("{}":{{"schema":{}}})", route.media, route.answer);
  if (!route.formats) return content;
  for (const Format format : kAllFormats) {
    if (format != Format::json)
      content += fmt::format(R"(,"{}":{{"schema":{{"type":"string"}}}})", MediaType(format));
  }
  return content;
}

std::vector<int> FailuresOf(const Route& route) {
  std::vector<int> all = {400, 503};
  all.insert(all.end(), route.failures.begin(), route.failures.end());
  std::sort(all.begin(), all.end());
  return all;
}

std::string ResponsesJson(const Route& route) {
  std::string responses = fmt::format(R"("{}":{{"description":{},"content":{{{}}}}})", route.success,
                                      JsonText(http::ReasonPhrase(route.success)), ContentJson(route));
  for (const int status : FailuresOf(route)) {
    responses += fmt::format(R"(,"{}":{{"description":{},"content":{{"application/problem+json":)"
                             R"({{"schema":{{"$ref":"#/components/schemas/Problem"}}}}}}}})",
                             status, JsonText(http::ReasonPhrase(status)));
  }
  return responses;
}

std::string OperationJson(const Route& route) {
  std::string body;
  if (!route.body.empty()) {
    body = fmt::format(
        R"("requestBody":{{"required":true,"content":{{"application/json":{{"schema":{}}}}}}},)", route.body);
  }
  return fmt::format(R"("{}":{{"summary":{},"parameters":[{}],{}"responses":{{{}}}}})",
                     LowerCase(route.method), JsonText(route.about), ParametersJson(route), body,
                     ResponsesJson(route));
}

std::string PathsJson() {
  std::map<std::string, std::string> paths;
  for (const Route& route : AllRoutes()) {
    std::string& operations = paths[route.path];
    operations += (operations.empty() ? "" : ",") + OperationJson(route);
  }
  std::string json;
  for (const auto& [path, operations] : paths) {
    json += fmt::format("{}{}:{{{}}}", json.empty() ? "" : ",", JsonText(path), operations);
  }
  return json;
}

constexpr auto kProblem =
    R"({"type":"object","description":"RFC 9457","properties":{"title":{"type":"string"},"status":{"type":"integer"},)"
    R"("detail":{"type":"string"}}})";

Result<http::Response> Document(const ApiContext& context, const http::Request&) {
  return http::Response::Json(200, OpenApiJson(context.version));
}

std::string RouteMarkdown(const Route& route) {
  std::string text = fmt::format("### `{} {}`\n\n{}\n", route.method, route.path, route.about);
  if (!route.parameters.empty()) text += "\n| parameter | in | what |\n|---|---|---|\n";
  for (const Parameter& parameter : route.parameters) {
    text += fmt::format("| `{}` | {} | {} Schema: `{}` |\n", parameter.name, kPlaces[parameter.in],
                        parameter.about, parameter.schema);
  }
  if (!route.body.empty()) text += fmt::format("\nBody:\n\n```json\n{}\n```\n", route.body);
  text += fmt::format("\nAnswers {} as `{}`", route.success, route.media);
  for (const Format format : kAllFormats) {
    if (route.formats && format != Format::json) text += fmt::format(", `{}`", MediaType(format));
  }
  text += fmt::format(":\n\n```json\n{}\n```\n\nFailures:", route.answer);
  for (const int status : FailuresOf(route)) text += fmt::format(" {}", status);
  return text + ".\n";
}

// Sources register these (sources/http); they are listed for the reader.
Route IngestRoute() {
  return {.method = "POST",
          .path = "/ingest/{stream}",
          .about =
              "Readings: a JSON object, a JSON array, NDJSON or CSV by content type; answered once they are "
              "durable. Only where the pipeline has an http source, which may have another path.",
          .parameters = {StreamParameter(),
                         {"idempotency-key", Parameter::header, R"({"type":"string"})",
                          "A repeat with the same key and body gets the first answer and stores nothing."}},
          .body = R"({"type":["object","array"]})",
          .answer =
              R"({"type":"object","properties":{"accepted":{"type":"integer"},"dead":{"type":"integer"},)"
              R"("errors":{"type":"array","items":{"type":"object","properties":{"line":{"type":"integer"},)"
              R"("reason":{"type":"string"}}}}}})",
          .failures = {413, 415, 422, 429},
          .success = 202};
}

}  // namespace

std::vector<Route> OpenApiRoutes() {
  return {IngestRoute(),
          {"GET",
           "/openapi.json",
           "This document.",
           {},
           "",
           R"({"type":"object"})",
           "application/json",
           false,
           {},
           Document}};
}

}  // namespace sluice::api

namespace sluice {

std::string OpenApiJson(const std::string& version) {
  return fmt::format(
      R"({{"openapi":"3.1.0","info":{{"title":"Sluice","version":{},"description":)"
      R"("Times are RFC 3339 in UTC, null outside the years 1 to 9999. Errors are RFC 9457 problem documents."}},"paths":{{{}}},)"
      R"("components":{{"schemas":{{"Problem":{}}}}}}})",
      JsonText(version), api::PathsJson(), api::kProblem);
}

std::string ApiReferenceMarkdown() {
  std::string text =
      "# HTTP API\n\n"
      "Answers are JSON, errors RFC 9457 problem documents, times RFC 3339 in UTC (a time outside the years "
      "1 "
      "to 9999,\n"
      "which has no such text, is null: the end of a window may be one). Lists of readings are newest first\n"
      "by (event time, partition, position); `Link: <…>; rel=\"next\"` leads to the next page. Tables also "
      "come as\n"
      "NDJSON, CSV and Arrow IPC by the Accept header. CSV is RFC 4180 and carries the data as it is: a null "
      "is an\n"
      "empty cell, an empty text `\"\"`, and a text that begins like a spreadsheet's formula is not "
      "altered.\n";
  for (const api::Route& route : api::AllRoutes()) text += "\n" + api::RouteMarkdown(route);
  return text;
}

}  // namespace sluice
