#include "sinks/store/postgres/array_text.h"

#include <cmath>

#include <arrow/api.h>
#include <fmt/format.h>

#include "core/time.h"
#include "sinks/store/sql_text.h"

namespace sluice::pg {
namespace {

void AppendDouble(double value, std::string& out) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out), "{}", value);
  } else {
    out += std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  }
}

void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

// Windows may begin before the year 1 and end behind 9999, which no RFC 3339 writes.
void AppendTime(Timestamp time, std::string& out) {
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day day(midnight);
  const int year = static_cast<int>(day.year());
  const int64_t micros = (time - midnight).count();
  fmt::format_to(std::back_inserter(out), "\"{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}+00{}\"",
                 year > 0 ? year : 1 - year, static_cast<unsigned>(day.month()),
                 static_cast<unsigned>(day.day()), micros / 3'600'000'000, micros / 60'000'000 % 60,
                 micros / 1'000'000 % 60, micros % 1'000'000, year > 0 ? "" : " BC");
}

void AppendCell(const arrow::Array& array, int64_t row, std::string& out) {
  if (array.IsNull(row)) {
    out += "NULL";
    return;
  }
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      out += static_cast<const arrow::BooleanArray&>(array).Value(row) ? 't' : 'f';
      return;
    case arrow::Type::INT32:
      out += fmt::format_int(static_cast<const arrow::Int32Array&>(array).Value(row)).c_str();
      return;
    case arrow::Type::INT64:
      out += fmt::format_int(static_cast<const arrow::Int64Array&>(array).Value(row)).c_str();
      return;
    case arrow::Type::DOUBLE:
      return AppendDouble(static_cast<const arrow::DoubleArray&>(array).Value(row), out);
    case arrow::Type::TIMESTAMP:
      return AppendTime(FromMicros(static_cast<const arrow::TimestampArray&>(array).Value(row)), out);
    default:
      return AppendQuoted(static_cast<const arrow::BinaryArray&>(array).GetView(row), out);
  }
}

}  // namespace

std::string ArrayText(const arrow::ChunkedArray& column) {
  std::string text = "{";
  for (const auto& chunk : column.chunks()) {
    for (int64_t row = 0; row < chunk->length(); ++row) {
      if (text.size() > 1) text += ',';
      AppendCell(*chunk, row, text);
    }
  }
  return QuoteText(text + "}");
}

}  // namespace sluice::pg
