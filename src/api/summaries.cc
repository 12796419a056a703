// Windows of a summary, oldest first, page by page.
#include <charconv>

#include <arrow/api.h>
#include <fmt/format.h>

#include "api/cursor.h"
#include "api/parameters.h"
#include "api/render.h"
#include "api/routes.h"
#include "codecs/json_rows.h"

namespace sluice::api {
namespace {

constexpr auto kSummaryPattern = "/api/summaries/{name}";

const SummarySpec* FindSummary(const ApiContext& context, const std::string& name) {
  for (const SummarySpec& summary : context.summaries) {
    if (summary.name == name) return &summary;
  }
  return nullptr;
}

http::Response UnknownSummary(const ApiContext& context, const std::string& name) {
  std::vector<std::string> known;
  for (const SummarySpec& summary : context.summaries) known.push_back(summary.name);
  return Unknown("summary", name, known);
}

std::set<std::string> JsonColumnsOf(const ApiContext& context, const SummarySpec& summary) {
  std::set<std::string> names;
  for (const StreamSpec& stream : context.streams) {
    if (stream.name != summary.stream) continue;
    const std::set<std::string> of_stream = JsonColumns(stream);
    for (const std::string& by : summary.by) {
      if (of_stream.contains(by)) names.insert(by);
    }
    for (const SummaryValue& value : summary.values) {
      if (of_stream.contains(value.field) && value.function != Aggregate::count) names.insert(value.column);
    }
  }
  return names;
}

std::optional<Timestamp> StartAt(const arrow::Table& table, int64_t row) {
  const auto scalar = table.column(0)->GetScalar(row);
  if (!scalar.ok() || !(*scalar)->is_valid || (*scalar)->type->id() != arrow::Type::TIMESTAMP)
    return std::nullopt;
  return FromMicros(static_cast<const arrow::TimestampScalar&>(**scalar).value);
}

// A page ends after `shown` rows of the window that begins at `start`; windows of one start are in the order
// of their `by` fields, so a cursor of (start, rows of it already shown) finds the place again.
struct Place {
  Timestamp start;
  int64_t shown = 0;
};

std::optional<Place> PlaceAfter(const arrow::Table& table, int64_t rows, const std::optional<Place>& begin) {
  const auto start = StartAt(table, rows - 1);
  if (!start) return std::nullopt;
  Place place{.start = *start};
  while (place.shown < rows && StartAt(table, rows - 1 - place.shown) == start) ++place.shown;
  if (begin && begin->start == *start) place.shown += begin->shown;
  return place;
}

Result<std::optional<Place>> PlaceOf(const http::Request& request) {
  const auto after = request.Query("after");
  if (!after) return std::optional<Place>();
  SLUICE_ASSIGN(const Cursor cursor, ParseCursor(*after));
  if (cursor.position > 1'000'000) return Status::Reject("after: the cursor is none of ours");
  return std::optional<Place>({cursor.time, cursor.position});
}

std::optional<FieldType> TypeOfKey(const ApiContext& context, const SummarySpec& summary) {
  for (const StreamSpec& stream : context.streams) {
    if (stream.name != summary.stream) continue;
    for (const Field& field : stream.fields) {
      if (field.name == summary.by[0]) return field.type;
    }
  }
  return std::nullopt;
}

template <class Number>
bool IsNumber(const std::string& text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && read == end;
}

bool Fits(const std::string& key, FieldType type) {
  switch (type) {
    case FieldType::boolean:
      return key == "true" || key == "false";
    case FieldType::integer:
      return IsNumber<int64_t>(key);
    case FieldType::number:
      return IsNumber<double>(key);
    case FieldType::timestamp:
      return ParseRfc3339(key).ok();
    default:
      return true;
  }
}

Status CheckKey(const ApiContext& context, const SummarySpec& summary, const std::string& key) {
  if (summary.by.empty()) {
    return Status::Reject(fmt::format("summary '{}' has no `by` field that key could name", summary.name));
  }
  const auto type = TypeOfKey(context, summary);
  if (!type || Fits(key, *type)) return {};
  return Status::Reject(fmt::format("key: '{}' is no {}, the type of '{}', the first `by` field of '{}'", key,
                                    FieldTypeName(*type), summary.by[0], summary.name));
}

Result<WindowsQuery> WindowsQueryOf(const ApiContext& context, const SummarySpec& summary,
                                    const http::Request& request) {
  WindowsQuery query{.summary = summary.name};
  SLUICE_ASSIGN(const TimeSpan span, SpanOf(request));
  query.from = span.from;
  query.to = span.to;
  query.key = request.Query("key");
  if (query.key) SLUICE_TRY(CheckKey(context, summary, *query.key));
  SLUICE_ASSIGN(query.limit, LimitOf(request, kMaxLimit));
  return query;
}

Result<http::Response> Windows(const ApiContext& context, const http::Request& request) {
  const std::string& name = request.captures.at("name");
  const SummarySpec* summary = FindSummary(context, name);
  if (summary == nullptr) return UnknownSummary(context, name);
  const auto format = Negotiate(request.Header("accept"));
  if (!format) return NotAcceptable();
  SLUICE_ASSIGN(WindowsQuery query, WindowsQueryOf(context, *summary, request));
  SLUICE_ASSIGN(const std::optional<Place> begin, PlaceOf(request));
  const int64_t limit = query.limit;
  const int64_t skip = begin ? begin->shown : 0;
  query.limit = limit + skip + 1;
  if (begin) query.from = begin->start;

  SLUICE_ASSIGN(std::shared_ptr<arrow::Table> table, context.store->Windows(query));
  const bool more = table->num_rows() > skip + limit;
  table = table->Slice(skip, limit);
  SLUICE_ASSIGN(http::Response response, Render(*table, *format, JsonColumnsOf(context, *summary)));
  if (const auto place = more ? PlaceAfter(*table, limit, begin) : std::nullopt) {
    const std::string cursor = FormatCursor({.time = place->start, .position = place->shown});
    response.headers.emplace_back("link", NextLink(kSummaryPattern, request, "after", cursor));
  }
  return response;
}

constexpr auto kWindows = R"({"type":"array","items":{"type":"object","description":"The view's columns."}})";

}  // namespace

std::vector<Route> SummaryRoutes() {
  std::vector<Parameter> parameters = SpanParameters();
  parameters.insert(parameters.begin(), {"name", Parameter::path, R"({"type":"string"})",
                                         "Name of a summary of the pipeline file."});
  parameters.push_back(
      {"key", Parameter::query, R"({"type":"string"})", "Value of the first `by` field, of its type."});
  parameters.push_back(LimitParameter(kMaxLimit));
  parameters.push_back(
      {"after", Parameter::query, R"({"type":"string"})", "The opaque cursor of the Link header."});
  return {{"GET",
           kSummaryPattern,
           "Windows of a summary whose start lies in the span, oldest first.",
           parameters,
           "",
           kWindows,
           "application/json",
           true,
           {404, 406},
           Windows}};
}

}  // namespace sluice::api
