// Readings of a stream: newest first by (event time, partition, position), page by page.
#include <arrow/api.h>
#include <fmt/format.h>

#include "api/cursor.h"
#include "api/parameters.h"
#include "api/render.h"
#include "api/routes.h"
#include "codecs/json_rows.h"
#include "core/json_text.h"

namespace sluice::api {
namespace {

constexpr int64_t kLatest = 100;
constexpr int64_t kByKey = 50;
constexpr int64_t kRange = 1'000;
constexpr int64_t kKeysShown = kMaxLimit;
constexpr const char* kKeysPattern = "/api/streams/{stream}/keys";

// A whole number or timestamp of a table's cell.
int64_t IntegerAt(const arrow::ChunkedArray& column, int64_t row) {
  const auto scalar = column.GetScalar(row);
  if (!scalar.ok()) return 0;
  switch ((*scalar)->type->id()) {
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampScalar&>(**scalar).value;
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Scalar&>(**scalar).value;
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Scalar&>(**scalar).value;
    default:
      return 0;
  }
}

Cursor CursorAt(const StreamSpec& stream, const arrow::Table& table, int64_t row) {
  const std::string time = stream.fields[static_cast<size_t>(stream.time)].name;
  return {
      .time = FromMicros(IntegerAt(*table.GetColumnByName(time), row)),
      .partition = static_cast<PartitionId>(IntegerAt(*table.GetColumnByName(std::string(kPartition)), row)),
      .position = IntegerAt(*table.GetColumnByName(std::string(kPosition)), row)};
}

bool HasPlaces(const StreamSpec& stream, const arrow::Table& table) {
  const std::string time = stream.fields[static_cast<size_t>(stream.time)].name;
  for (const std::string& name : {time, std::string(kPartition), std::string(kPosition)}) {
    if (table.GetColumnByName(name) == nullptr) return false;
  }
  return true;
}

// The stream's own fields, without the columns of the system.
Result<std::shared_ptr<arrow::Table>> FieldsOf(const StreamSpec& stream, const arrow::Table& table) {
  std::vector<int> wanted;
  for (const std::string& name : stream.RowSchema()->field_names()) {
    const int index = table.schema()->GetFieldIndex(name);
    if (index >= 0) wanted.push_back(index);
  }
  auto fields = table.SelectColumns(wanted);
  if (!fields.ok()) return Status::Fatal(fields.status().ToString());
  return *fields;
}

Result<ReadingsQuery> QueryOf(const StreamSpec& stream, const http::Request& request, int64_t limit) {
  ReadingsQuery query{.stream = stream.name, .system_columns = true};
  SLUICE_ASSIGN(query.limit, LimitOf(request, limit));
  SLUICE_ASSIGN(query.include_future, IncludeFuture(request));
  SLUICE_ASSIGN(const TimeSpan span, SpanOf(request));
  query.from = span.from;
  query.to = span.to;
  query.key = request.Query("key");
  if (const auto key = request.captures.find("key"); key != request.captures.end()) query.key = key->second;
  if (const auto before = request.Query("before")) {
    SLUICE_ASSIGN(query.before, ParseCursor(*before));
  }
  return query;
}

http::Response NoKey(const StreamSpec& stream) {
  return http::Response::Problem(
      404, "", fmt::format("stream '{}' has no key: the pipeline file names none", stream.name));
}

Result<http::Response> AnswerReadings(const ApiContext& context, const http::Request& request,
                                      const std::string& pattern, int64_t otherwise) {
  const StreamSpec* stream = FindStream(context, request);
  if (stream == nullptr) return UnknownStream(context, request.captures.at("stream"));
  const auto format = Negotiate(request.Header("accept"));
  if (!format) return NotAcceptable();
  SLUICE_ASSIGN(ReadingsQuery query, QueryOf(*stream, request, otherwise));
  if (query.key && !stream->key) return NoKey(*stream);
  const int64_t limit = query.limit++;  // one more tells whether there is a next page

  SLUICE_ASSIGN(std::shared_ptr<arrow::Table> table, context.store->Readings(query));
  const bool more = table->num_rows() > limit;
  if (more) table = table->Slice(0, limit);
  SLUICE_ASSIGN(const auto fields, FieldsOf(*stream, *table));
  SLUICE_ASSIGN(http::Response response, Render(*fields, *format, JsonColumns(*stream)));
  if (more && HasPlaces(*stream, *table)) {
    const std::string cursor = FormatCursor(CursorAt(*stream, *table, limit - 1));
    response.headers.emplace_back("link", NextLink(pattern, request, "before", cursor));
  }
  return response;
}

Result<http::Response> Latest(const ApiContext& context, const http::Request& request) {
  return AnswerReadings(context, request, "/api/streams/{stream}/latest", kLatest);
}
Result<http::Response> ByKey(const ApiContext& context, const http::Request& request) {
  return AnswerReadings(context, request, "/api/streams/{stream}/by-key/{key}", kByKey);
}
Result<http::Response> Range(const ApiContext& context, const http::Request& request) {
  return AnswerReadings(context, request, "/api/streams/{stream}/range", kRange);
}
Result<http::Response> DataLatest(const ApiContext& context, const http::Request& request) {
  return AnswerReadings(context, request, "/data/latest", kLatest);
}
Result<http::Response> DataBySensor(const ApiContext& context, const http::Request& request) {
  return AnswerReadings(context, request, "/data/by-sensor/{key}", kByKey);
}

Result<http::Response> Keys(const ApiContext& context, const http::Request& request) {
  const StreamSpec* stream = FindStream(context, request);
  if (stream == nullptr) return UnknownStream(context, request.captures.at("stream"));
  if (!stream->key) return NoKey(*stream);
  const auto format = Negotiate(request.Header("accept"));
  if (!format) return NotAcceptable();
  SLUICE_ASSIGN(const int64_t limit, LimitOf(request, kKeysShown));
  const KeysQuery query{.stream = stream->name, .after = request.Query("after"), .limit = limit + 1};
  SLUICE_ASSIGN(std::shared_ptr<arrow::Table> keys, context.store->Keys(query));
  const bool more = keys->num_rows() > limit;
  if (more) keys = keys->Slice(0, limit);
  SLUICE_ASSIGN(http::Response response, Render(*keys, *format, {}));
  if (more) {
    const auto last = *keys->GetColumnByName("key")->GetScalar(limit - 1);
    response.headers.emplace_back("link", NextLink(kKeysPattern, request, "after", last->ToString()));
  }
  return response;
}

std::string StreamJson(const StreamSpec& stream) {
  std::string fields;
  for (const Field& field : stream.fields) {
    fields += fmt::format(R"({}{{"name":{},"type":"{}"}})", fields.empty() ? "" : ",", JsonText(field.name),
                          FieldTypeName(field.type));
  }
  const auto name_of = [&](int index) { return JsonText(stream.fields[static_cast<size_t>(index)].name); };
  return fmt::format(R"({{"name":{},"key":{},"time":{},"fields":[{}],"partitions":{}}})",
                     JsonText(stream.name), stream.key ? name_of(*stream.key) : "null", name_of(stream.time),
                     fields, stream.partitions);
}

Result<http::Response> Streams(const ApiContext& context, const http::Request&) {
  std::string body;
  for (const StreamSpec& stream : context.streams) body += (body.empty() ? "" : ",") + StreamJson(stream);
  return http::Response::Json(200, "[" + body + "]");
}

constexpr auto kReadings =
    R"({"type":"array","items":{"type":"object","description":"The stream's fields."}})";
constexpr auto kStreams =
    R"({"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},)"
    R"("key":{"type":["string","null"]},"time":{"type":"string"},"fields":{"type":"array","items":{"type":"object",)"
    R"("properties":{"name":{"type":"string"},"type":{"type":"string","enum":["bool","int","double","string",)"
    R"("timestamp","json"]}}}},"partitions":{"type":"integer"}}}})";
constexpr auto kKeys =
    R"({"type":"array","items":{"type":"object","properties":{"key":{"type":"string"},"first":{"type":"string",)"
    R"("format":"date-time"},"last":{"type":"string","format":"date-time"},"readings":{"type":"integer"}}}})";

// A list of readings.
Route List(std::string path, std::string about, std::vector<Parameter> own, int64_t limit,
           RouteHandler handler) {
  own.insert(own.end(), {LimitParameter(limit), FutureParameter(), BeforeParameter()});
  return {"GET", std::move(path), std::move(about), std::move(own), "", kReadings, "application/json",
          true,  {404, 406},      handler};
}

std::vector<Parameter> RangeParameters() {
  std::vector<Parameter> parameters = SpanParameters();
  parameters.insert(parameters.begin(), StreamParameter());
  parameters.push_back({"key", Parameter::query, R"({"type":"string"})", "Only readings of this key."});
  return parameters;
}

}  // namespace

std::vector<Route> ReadingsRoutes() {
  return {
      List("/data/latest", "The newest readings of the default stream.", {}, kLatest, DataLatest),
      List("/data/by-sensor/{key}",
           "The newest readings of one key of the default stream; none for a key never seen.", {KeyInPath()},
           kByKey, DataBySensor),
      {"GET",
       "/api/streams",
       "The streams, with their fields.",
       {},
       "",
       kStreams,
       "application/json",
       false,
       {},
       Streams},
      List("/api/streams/{stream}/latest", "The newest readings.", {StreamParameter()}, kLatest, Latest),
      List("/api/streams/{stream}/by-key/{key}", "The newest readings of one key; none for a key never seen.",
           {StreamParameter(), KeyInPath()}, kByKey, ByKey),
      List("/api/streams/{stream}/range", "Readings of a span of event time, newest first.",
           RangeParameters(), kRange, Range),
      {"GET",
       kKeysPattern,
       "Every key, with its first and last event time and how many readings, by key.",
       {StreamParameter(), LimitParameter(kKeysShown), AfterParameter("key")},
       "",
       kKeys,
       "application/json",
       true,
       {404, 406},
       Keys},
  };
}

}  // namespace sluice::api
