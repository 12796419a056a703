#include "sinks/store/postgres/summary_sql.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/postgres/array_text.h"
#include "sinks/store/sql_text.h"

namespace sluice::pg {
namespace {

// Sums this large are read from their scaled twin (SummaryPart::sum_scaled), where they are exact and cannot
// overflow; a stored one may be set to infinity from here on.
constexpr std::string_view kHuge = "1e290";
constexpr std::string_view kScaleUp = "18446744073709551616.0::float8";  // 2^64
constexpr std::string_view kScaledMost = "9.745e288";                    // the largest double / 2^64

// a / b of a double and a count, which PostgreSQL refuses when nothing is left of it.
std::string Ratio(const std::string& a, const std::string& b) {
  return fmt::format("CASE WHEN abs({0}) < 1e-300 THEN 0 ELSE {0} / {1} END", a, b);
}
// x², null where it would overflow.
std::string Square(const std::string& x) {
  return fmt::format("CASE WHEN abs({0}) < 1e-150 THEN 0 WHEN abs({0}) < 1e150 THEN {0} * {0} END", x);
}
// A scaled number as what it stands for, null where no double holds it.
std::string ScaleUp(const std::string& scaled) {
  return fmt::format("CASE WHEN abs({0}) < {1} THEN {0} * {2} END", scaled, kScaledMost, kScaleUp);
}

std::string PartType(const SummaryPart& part) {
  switch (part.kind) {
    case SummaryPart::count_rows:
    case SummaryPart::count:
      return "bigint";
    case SummaryPart::sum_whole:
    case SummaryPart::first_order:
    case SummaryPart::last_order:
      return "numeric";
    case SummaryPart::sum:
    case SummaryPart::sum_scaled:
    case SummaryPart::deviations:
      return "double precision";
    default:
      return part.type == FieldType::json ? "text" : TypeOf(part.type);
  }
}

std::string MergedSum(const SummaryPart& part) {
  const std::string name = part.Name();
  const std::string plain = fmt::format("p.{0} + excluded.{0}", name);
  const std::string sum =
      part.kind != SummaryPart::sum
          ? plain
          : fmt::format("CASE WHEN abs(p.{0}) < {1} AND abs(excluded.{0}) < {1} THEN {2} ELSE 'Infinity' END",
                        name, kHuge, plain);
  return fmt::format("CASE WHEN p.{0}n = 0 THEN excluded.{1} WHEN excluded.{0}n = 0 THEN p.{1} ELSE {2} END",
                     part.prefix, name, sum);
}

// Chan's formula; the products are guarded. A part without deviations (null) stays without.
std::string MergedDeviations(const SummaryPart& part) {
  const std::string& f = part.prefix;
  const std::string distance =
      fmt::format("({} - {})", Ratio(fmt::format("p.{}s::float8", f), fmt::format("p.{}n", f)),
                  Ratio(fmt::format("excluded.{}s::float8", f), fmt::format("excluded.{}n", f)));
  return fmt::format(
      "CASE WHEN p.{0}n = 0 THEN excluded.{0}m2 WHEN excluded.{0}n = 0 THEN p.{0}m2 "
      "WHEN p.{0}m2 IS NULL OR excluded.{0}m2 IS NULL THEN NULL ELSE p.{0}m2 + excluded.{0}m2 + "
      "({1}) * (p.{0}n::float8 * excluded.{0}n / (p.{0}n + excluded.{0}n)) END",
      f, Square(distance));
}

// Of stored `p` and delta `excluded`.
std::string Merged(const SummaryPart& part) {
  const std::string name = part.Name();
  switch (part.kind) {
    case SummaryPart::count_rows:
    case SummaryPart::count:
      return fmt::format("p.{0} + excluded.{0}", name);
    case SummaryPart::sum_whole:
    case SummaryPart::sum:
    case SummaryPart::sum_scaled:
      return MergedSum(part);
    case SummaryPart::deviations:
      return MergedDeviations(part);
    case SummaryPart::least:
    case SummaryPart::first_order:
      return fmt::format("least(p.{0}, excluded.{0})", name);
    case SummaryPart::greatest:
    case SummaryPart::last_order:
      return fmt::format("greatest(p.{0}, excluded.{0})", name);
    case SummaryPart::first:
    case SummaryPart::last:
      return fmt::format(
          "CASE WHEN p.{0}_o IS NULL OR excluded.{0}_o {1} p.{0}_o THEN excluded.{0} ELSE p.{0} END", name,
          part.kind == SummaryPart::first ? "<" : ">");
  }
  return "NULL";
}

}  // namespace

std::string TypeOf(FieldType type) {
  switch (type) {
    case FieldType::boolean:
      return "boolean";
    case FieldType::integer:
      return "bigint";
    case FieldType::number:
      return "double precision";
    case FieldType::text:
      return "text";
    case FieldType::timestamp:
      return "timestamp with time zone";
    case FieldType::json:
      return "json";
  }
  return "text";
}

Result<SummarySql> SummarySql::Make(const SummarySpec& summary, const StreamSpec& stream) {
  SLUICE_ASSIGN(auto parts, PlanSummary(summary, stream));
  return SummarySql(summary, stream, std::move(parts));
}

FieldType SummarySql::ByType(size_t index) const {
  return stream_.fields[static_cast<size_t>(stream_.FieldIndex(summary_.by[index]))].type;
}

std::vector<SummarySql::Column> SummarySql::Columns() const {
  std::vector<Column> columns = {{"window_start", TypeOf(FieldType::timestamp)}, {"_partition", "integer"}};
  for (size_t i = 0; i < summary_.by.size(); ++i) {
    const FieldType type = ByType(i) == FieldType::json ? FieldType::text : ByType(i);
    columns.push_back({fmt::format("by_{}", i), TypeOf(type)});
  }
  for (const SummaryPart& part : parts_) columns.push_back({part.Name(), PartType(part)});
  return columns;
}

std::string SummarySql::KeyColumns() const {
  std::string columns = "window_start, _partition";
  for (size_t i = 0; i < summary_.by.size(); ++i) columns += fmt::format(", by_{}", i);
  return columns;
}

// Texts are compared by their bytes, as DuckDB does, not by a language. Updates keep room on their page.
std::string SummarySql::CreateParts() const {
  std::string columns;
  for (const Column& column : Columns()) {
    columns += fmt::format("{}{} {}{}", columns.empty() ? "" : ", ", column.name, column.type,
                           column.type == "text" ? " COLLATE \"C\"" : "");
  }
  return fmt::format("CREATE TABLE {} ({}, UNIQUE NULLS NOT DISTINCT ({})) WITH (fillfactor = 70)",
                     QuoteName(PartsTableOf(summary_.name)), columns, KeyColumns());
}

std::string SummarySql::Upsert(const arrow::Table& deltas) const {
  if (deltas.num_rows() == 0) return "";
  std::string names, arrays, updates;
  int at = 0;
  for (const Column& column : Columns()) {
    const char* comma = at == 0 ? "" : ", ";
    names += comma + column.name;
    arrays += fmt::format("{}{}::{}[]", comma, ArrayText(*deltas.column(at++)), column.type);
  }
  for (const SummaryPart& part : parts_) {
    updates += fmt::format("{}{} = {}", updates.empty() ? "" : ", ", part.Name(), Merged(part));
  }
  return fmt::format("INSERT INTO {} AS p ({}) SELECT * FROM unnest({}) ON CONFLICT ({}) DO UPDATE SET {}",
                     QuoteName(PartsTableOf(summary_.name)), names, arrays, KeyColumns(), updates);
}

// The window's end; aligned windows are cut at their hour.
std::string SummarySql::WindowEnd() const {
  const std::string end = fmt::format("window_start + interval '{} microseconds'", summary_.every.count());
  if (summary_.align == Align::epoch) return end;
  return fmt::format("least({}, date_trunc('hour', window_start, 'UTC') + interval '1 hour')", end);
}

// One value over the parts of all partitions. fN_g: the mean of field N over them.
std::string SummarySql::ValueSql(const SummaryValue& value) const {
  if (value.field.empty()) return "sum(n)::bigint";
  const std::string f = PartPrefix(summary_, value.field);
  const FieldType type = stream_.fields[static_cast<size_t>(stream_.FieldIndex(value.field))].type;
  const bool whole = type == FieldType::integer;
  const std::string cast = type == FieldType::json ? "::json" : "";
  const bool boolean = type == FieldType::boolean;
  const std::string n = fmt::format("nullif(sum({}n), 0)::float8", f);
  const std::string small = fmt::format("sum({0}s) FILTER (WHERE abs({0}s) < {1})", f, kHuge);
  const std::string is_small = fmt::format("coalesce(max(abs({}s)) < {}, true)", f, kHuge);
  switch (value.function) {
    case Aggregate::count:
      return fmt::format("sum({}n)::bigint", f);
    case Aggregate::min:
      return boolean ? fmt::format("bool_and({}min)", f) : fmt::format("min({}min){}", f, cast);
    case Aggregate::max:
      return boolean ? fmt::format("bool_or({}max)", f) : fmt::format("max({}max){}", f, cast);
    case Aggregate::first:
    case Aggregate::last: {
      const bool first = value.function == Aggregate::first;
      return fmt::format("((array_agg({0} ORDER BY {0}_o{1}) FILTER (WHERE {0}_o IS NOT NULL))[1]){2}",
                         f + (first ? "first" : "last"), first ? "" : " DESC", cast);
    }
    case Aggregate::sum:
      if (whole) return fmt::format("sum({}s)", f);
      return fmt::format("CASE WHEN {} THEN {} ELSE {} END", is_small, small,
                         ScaleUp(fmt::format("sum({}t)", f)));
    case Aggregate::avg:
      if (whole) return fmt::format("sum({}s)::float8 / {}", f, n);
      return fmt::format("CASE WHEN {} THEN {} ELSE {} END", is_small, Ratio(small, n),
                         ScaleUp(fmt::format("({})", Ratio(fmt::format("sum({}t)", f), n))));
    case Aggregate::stddev:
      return fmt::format(
          "CASE WHEN sum({0}n) > 1 AND NOT bool_or({0}n > 0 AND {0}m2 IS NULL) THEN sqrt(({1})) END", f,
          Ratio(fmt::format("(sum({0}m2) + coalesce(sum(CASE WHEN {0}n > 0 THEN {0}n * ({1}) END), 0))", f,
                            Square(fmt::format("(({}) - {}g)", Ratio(f + "s::float8", f + "n"), f))),
                fmt::format("(sum({}n) - 1)::float8", f)));
  }
  return "NULL";
}

std::string SummarySql::CreateView() const {
  std::string columns = fmt::format("window_start AS {}, {} AS {}", QuoteName(summary_.start_name),
                                    WindowEnd(), QuoteName(summary_.end_name));
  for (size_t i = 0; i < summary_.by.size(); ++i) {
    columns += fmt::format(", by_{}{} AS {}", i, ByType(i) == FieldType::json ? "::json" : "",
                           QuoteName(summary_.by[i]));
  }
  for (const SummaryValue& value : summary_.values) {
    columns += fmt::format(", {} AS {}", ValueSql(value), QuoteName(value.column));
  }
  std::string keys = "window_start";
  for (size_t i = 0; i < summary_.by.size(); ++i) keys += fmt::format(", by_{}", i);
  std::string means;
  for (const SummaryPart& part : parts_) {
    if (part.kind != SummaryPart::deviations) continue;
    const std::string total =
        fmt::format("(sum({0}s::float8) FILTER (WHERE abs({0}s) < {1}) OVER w)", part.prefix, kHuge);
    means += fmt::format(", {} AS {}g",
                         Ratio(total, fmt::format("nullif(sum({}n) OVER w, 0)::float8", part.prefix)),
                         part.prefix);
  }
  std::string from = QuoteName(PartsTableOf(summary_.name));
  if (!means.empty())
    from = fmt::format("(SELECT *{} FROM {} WINDOW w AS (PARTITION BY {})) parts", means, from, keys);
  return fmt::format("CREATE VIEW {} AS SELECT {} FROM {} GROUP BY {}", QuoteName(summary_.name), columns,
                     from, keys);
}

}  // namespace sluice::pg
