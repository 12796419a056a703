// POST /api/sql: one SELECT in the store's sandbox. JSON keeps columns and rows apart; the other formats are
// those of every table; headers say how many rows there are (`sluice-rows`), whether rows were left out
// (`sluice-truncated`), and when not the limit but the size of one answer did that, that size
// (`sluice-most-bytes`).
#include <arrow/api.h>
#include <fmt/format.h>

#include "api/body.h"
#include "api/parameters.h"
#include "api/render.h"
#include "api/routes.h"
#include "codecs/json_rows.h"
#include "core/json_text.h"

namespace sluice::api {
namespace {

constexpr int64_t kRows = 10'000;

// The words of the pipeline file where they fit, so that columns of a table bear the types they were declared
// with.
std::string TypeName(const arrow::Field& field) {
  using arrow::Type;
  const arrow::DataType& type = *field.type();
  if (field.metadata() != nullptr &&
      field.metadata()->Get("ARROW:extension:name").ValueOr("") == "arrow.json") {
    return "json";
  }
  if (arrow::is_integer(type.id())) return "int";
  if (arrow::is_floating(type.id())) return "double";
  if (arrow::is_decimal(type.id())) {
    const auto& decimal = static_cast<const arrow::DecimalType&>(type);
    return decimal.scale() == 0 ? "int" : "decimal";
  }
  switch (type.id()) {
    case Type::BOOL:
      return "bool";
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
    case Type::DICTIONARY:
      return "string";
    case Type::TIMESTAMP:
      return "timestamp";
    case Type::DATE32:
    case Type::DATE64:
      return "date";
    case Type::TIME32:
    case Type::TIME64:
      return "time";
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return "binary";
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST:
      return "list";
    case Type::EXTENSION: {
      const std::string name = static_cast<const arrow::ExtensionType&>(type).extension_name();
      return name.starts_with("arrow.") ? name.substr(6) : name;
    }
    default:
      return type.name();
  }
}

std::string ColumnsJson(const arrow::Schema& schema) {
  std::string columns;
  for (const auto& field : schema.fields()) {
    columns += fmt::format(R"({}{{"name":{},"type":{}}})", columns.empty() ? "" : ",",
                           JsonText(field->name()), JsonText(TypeName(*field)));
  }
  return columns;
}

Status AppendSqlRows(const arrow::Table& table, int64_t most_bytes, std::string& out) {
  const JsonRowWriter writer(*table.schema(), {});
  arrow::TableBatchReader batches(table);
  bool first = true;
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    if (auto read = batches.ReadNext(&batch); !read.ok()) return Status::Fatal(read.ToString());
    if (batch == nullptr) return {};
    for (int64_t row = 0; row < batch->num_rows(); ++row, first = false) {
      if (!first) out += ',';
      writer.AppendArray(*batch, row, out);
      SLUICE_TRY(CheckRendered(out, most_bytes));
    }
  }
}

Result<http::Response> AsJson(const SqlAnswer& answer, int64_t most_bytes) {
  std::string body = fmt::format(R"({{"columns":[{}],"rows":[)", ColumnsJson(*answer.rows->schema()));
  SLUICE_TRY(AppendSqlRows(*answer.rows, most_bytes, body));
  body += fmt::format(R"(],"truncated":{}}})", answer.truncated);
  return http::Response::Json(200, std::move(body));
}

Result<http::Response> Sql(const ApiContext& context, const http::Request& request) {
  const auto format = Negotiate(request.Header("accept"));
  if (!format) return NotAcceptable();
  SLUICE_ASSIGN(SqlBody body, ParseSqlBody(request.body));
  SqlQuery query{
      .text = std::move(body.query), .params = std::move(body.params), .max_bytes = context.sql_bytes};
  SLUICE_ASSIGN(query.max_rows, LimitOf(request, kRows, kMostSqlRows));
  const int64_t most_bytes = kRenderedPerByte * query.max_bytes;
  SLUICE_ASSIGN(const SqlAnswer answer, context.store->Sql(query));
  if (*format == Format::json) return AsJson(answer, most_bytes);
  SLUICE_ASSIGN(http::Response response, Render(*answer.rows, *format, {}, most_bytes));
  response.headers.emplace_back("sluice-rows", std::to_string(answer.rows->num_rows()));
  response.headers.emplace_back("sluice-truncated", answer.truncated ? "true" : "false");
  if (answer.too_large) response.headers.emplace_back("sluice-most-bytes", std::to_string(query.max_bytes));
  return response;
}

constexpr auto kBody =
    R"({"type":"object","required":["query"],"additionalProperties":false,"properties":{"query":{"type":"string"},)"
    R"("params":{"type":"array","items":{"type":["string","number","boolean","null"]}}}})";
constexpr auto kAnswer =
    R"({"type":"object","properties":{"columns":{"type":"array","items":{"type":"object","properties":{"name":)"
    R"({"type":"string"},"type":{"type":"string"}}}},"rows":{"type":"array","items":{"type":"array"}},"truncated":)"
    R"({"type":"boolean"}}})";

}  // namespace

std::vector<Route> SqlRoutes() {
  const Parameter limit{
      "limit", Parameter::query,
      fmt::format(R"({{"type":"integer","minimum":1,"maximum":{},"default":{}}})", kMostSqlRows, kRows),
      "How many rows at most; `truncated` (in other formats the header `sluice-truncated`) says whether "
      "there "
      "were more."};
  return {
      {"POST",
       "/api/sql",
       "One SELECT over streams and summaries, read-only. Sessions run in UTC. One answer has 64 MiB at "
       "most: "
       "what is longer is cut after whole rows and `truncated`. Formats other than JSON say so by headers: "
       "`sluice-rows`, `sluice-truncated`, and `sluice-most-bytes` when it was not the limit that cut.",
       {limit},
       kBody,
       kAnswer,
       "application/json",
       true,
       {406},
       Sql}};
}

}  // namespace sluice::api
