#include "api/render.h"

#include <charconv>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>
#include <fmt/format.h>

#include "codecs/json_rows.h"
#include "core/ascii.h"
#include "core/bytes.h"
#include "core/json_text.h"

namespace sluice::api {
namespace {

Status Translate(const arrow::Status& status) {
  return status.ok() ? Status() : Status::Fatal("cannot render the answer: " + status.ToString());
}

// Cuts the text up to `separator` off its front.
std::string_view Cut(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  const std::string_view front = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return Trim(front);
}

// How well a range of an Accept header names a media type: 3 itself, 2 its kind, 1 anything, 0 not at all.
int Closeness(std::string_view range, std::string_view media) {
  if (range == media) return 3;
  if (range == "*/*" || range == "*") return 1;
  const bool kind = range.ends_with("/*") && media.starts_with(range.substr(0, range.size() - 1));
  return kind ? 2 : 0;
}

double Quality(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = Cut(parameters, ';');
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    double quality = 0;
    std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), quality);
    return quality;
  }
  return 1;
}

// What the header gives a media type: its closest range decides, as RFC 9110 says. `*closeness` is that
// range's.
double QualityOf(std::string_view accept, std::string_view media, int* closeness) {
  double best = 0;
  *closeness = 0;
  while (!accept.empty()) {
    std::string_view item = Cut(accept, ',');
    const std::string range = LowerCase(Cut(item, ';'));
    const int close = Closeness(range, media);
    if (close <= *closeness) continue;
    *closeness = close;
    best = Quality(item);
  }
  return best;
}

void AppendCsvCell(std::string_view text, CellKind kind, std::string& out) {
  const bool quote =
      kind == CellKind::text && (text.empty() || text.find_first_of("\",\r\n") != std::string::npos);
  if (kind == CellKind::null) return;
  if (!quote && kind != CellKind::json) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void AppendCsvRow(const JsonRowWriter& rows, const arrow::RecordBatch& batch, int64_t row, std::string& cell,
                  std::string& out) {
  for (int i = 0; i < batch.num_columns(); ++i) {
    if (i > 0) out += ',';
    cell.clear();
    const CellKind kind = AppendCell(*batch.column(i), row, rows.IsJson(i), cell);
    AppendCsvCell(cell, kind, out);
  }
  out += "\r\n";
}

std::string CsvHeader(const arrow::Schema& schema) {
  std::string line;
  for (const auto& field : schema.fields()) {
    if (!line.empty()) line += ',';
    AppendCsvCell(field->name(), CellKind::text, line);
  }
  return line + "\r\n";
}

// Appends every row to `out`; the caller has written what stands before them.
Status AppendRows(const arrow::Table& table, Format format, const JsonRowWriter& rows, int64_t most_bytes,
                  std::string& out) {
  arrow::TableBatchReader batches(table);
  std::string cell;
  bool first = true;
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    SLUICE_TRY(Translate(batches.ReadNext(&batch)));
    if (batch == nullptr) return {};
    for (int64_t row = 0; row < batch->num_rows(); ++row, first = false) {
      SLUICE_TRY(CheckRendered(out, most_bytes));
      if (format == Format::csv) {
        AppendCsvRow(rows, *batch, row, cell, out);
        continue;
      }
      if (format == Format::json && !first) out += ',';
      rows.AppendObject(*batch, row, out);
      if (format == Format::ndjson) out += '\n';
    }
  }
}

Status WriteArrow(const arrow::Table& table, const std::shared_ptr<arrow::io::BufferOutputStream>& sink) {
  auto writer = arrow::ipc::MakeStreamWriter(sink, table.schema());
  SLUICE_TRY(Translate(writer.status()));
  SLUICE_TRY(Translate((*writer)->WriteTable(table)));
  return Translate((*writer)->Close());
}

Result<std::string> RenderArrow(const arrow::Table& table) {
  auto sink = arrow::io::BufferOutputStream::Create();
  SLUICE_TRY(Translate(sink.status()));
  SLUICE_TRY(WriteArrow(table, *sink));
  auto buffer = (*sink)->Finish();
  SLUICE_TRY(Translate(buffer.status()));
  return (*buffer)->ToString();
}

}  // namespace

std::string_view MediaType(Format format) {
  switch (format) {
    case Format::json:
      return "application/json";
    case Format::ndjson:
      return "application/x-ndjson";
    case Format::csv:
      return "text/csv";
    case Format::arrow:
      return "application/vnd.apache.arrow.stream";
  }
  return "";
}

std::optional<Format> Negotiate(std::string_view accept) {
  if (Trim(accept).empty()) return Format::json;
  std::optional<Format> best;
  std::pair<double, int> best_rank{0, 0};
  for (const Format format : kAllFormats) {
    int closeness = 0;
    const double quality = QualityOf(accept, MediaType(format), &closeness);
    const std::pair<double, int> rank{quality, closeness};
    if (quality <= 0 || (best && rank <= best_rank)) continue;
    best = format;
    best_rank = rank;
  }
  return best;
}

http::Response NotAcceptable() {
  std::string list;
  std::string words;
  for (const Format format : kAllFormats) {
    list += (list.empty() ? "" : ",") + JsonText(MediaType(format));
    words += (words.empty() ? "" : ", ") + std::string(MediaType(format));
  }
  return http::Response::Problem(406, "", "this answer comes as " + words, {{"available", "[" + list + "]"}});
}

Status CheckRendered(const std::string& text, int64_t most_bytes) {
  if (static_cast<int64_t>(text.size()) <= most_bytes) return {};
  return Status::Reject(
      fmt::format("the answer is longer than {} in this format: ask for fewer rows, or for "
                  "another format",
                  FormatByteSize({most_bytes})));
}

Result<http::Response> Render(const arrow::Table& table, Format format,
                              const std::set<std::string>& json_columns, int64_t most_bytes) {
  http::Response response;
  std::string media(MediaType(format));
  if (format == Format::csv) media += "; charset=utf-8; header=present";
  response.headers = {{"content-type", media}, {"vary", "accept"}};
  if (format == Format::arrow) {
    SLUICE_ASSIGN(response.body, RenderArrow(table));
    return response;
  }
  const JsonRowWriter rows(*table.schema(), json_columns);
  if (format == Format::json) response.body = "[";
  if (format == Format::csv) response.body = CsvHeader(*table.schema());
  SLUICE_TRY(AppendRows(table, format, rows, most_bytes, response.body));
  if (format == Format::json) response.body += "]";
  return response;
}

}  // namespace sluice::api
