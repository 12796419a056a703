#include "sinks/store/duckdb/summary_sql.h"

#include <fmt/format.h>

#include "sinks/store/sql_text.h"

namespace sluice {
namespace {

constexpr std::string_view kScaleDown = "5.421010862427522e-20";  // 2^-64
constexpr std::string_view kScaleUp = "18446744073709551616.0";   // 2^64
constexpr std::string_view kNoSquare = "1e145";
constexpr int64_t kHour = 3'600'000'000;

std::string Order(const StreamSpec& stream) {
  return fmt::format(
      "(epoch_us(r.{})::HUGEINT * 295147905179352825856 + r._partition::HUGEINT * 281474976710656 + "
      "r._position)",
      QuoteName(stream.fields[static_cast<size_t>(stream.time)].name));
}

// The largest multiple of `unit` that is not above `value`, for negative values too.
std::string FloorTo(const std::string& value, int64_t unit) {
  return fmt::format("({0} - ((({0} % {1}) + {1}) % {1}))", value, unit);
}

}  // namespace

std::string DuckDbType(FieldType type) {
  switch (type) {
    case FieldType::boolean:
      return "BOOLEAN";
    case FieldType::integer:
      return "BIGINT";
    case FieldType::number:
      return "DOUBLE";
    case FieldType::text:
      return "VARCHAR";
    case FieldType::timestamp:
      return "TIMESTAMP WITH TIME ZONE";
    case FieldType::json:
      return "JSON";
  }
  return "VARCHAR";
}

std::string KeyTextSql(const StreamSpec& stream, const std::string& relation) {
  const Field& key = stream.fields[static_cast<size_t>(*stream.key)];
  const std::string column = relation + "." + QuoteName(key.name);
  return key.type == FieldType::text ? column : fmt::format("CAST({} AS VARCHAR)", column);
}

std::string NotFutureSql(const StreamSpec& stream, const std::string& relation) {
  return fmt::format("(epoch_us({0}.{1}) - epoch_us({0}.ingested_at) <= {2})", relation,
                     QuoteName(stream.fields[static_cast<size_t>(stream.time)].name),
                     stream.max_future.count());
}

Result<SummarySql> SummarySql::Make(const SummarySpec& summary, const StreamSpec& stream) {
  SLUICE_ASSIGN(auto parts, PlanSummary(summary, stream));
  return SummarySql(summary, stream, std::move(parts));
}

namespace {

std::string PartType(const SummaryPart& part) {
  switch (part.kind) {
    case SummaryPart::count_rows:
    case SummaryPart::count:
      return "BIGINT";
    case SummaryPart::sum_whole:
    case SummaryPart::first_order:
    case SummaryPart::last_order:
      return "HUGEINT";
    case SummaryPart::sum:
    case SummaryPart::sum_scaled:
    case SummaryPart::deviations:
      return "DOUBLE";
    default:
      return DuckDbType(part.type);
  }
}

std::string DeviationsFromRows(const std::string& x, bool whole) {
  if (whole) return fmt::format("var_pop({0}::DOUBLE) * count({0}::DOUBLE)", x);
  return fmt::format(
      "CASE WHEN max(abs({0})) < {1} THEN var_pop(CASE WHEN abs({0}) < {1} THEN {0} END) * count({0}) END", x,
      kNoSquare);
}

}  // namespace

// The part of rows `r`.
std::string SummarySql::FromRows(const SummaryPart& part) const {
  const std::string x = "r." + QuoteName(part.field);
  const std::string order = Order(stream_);
  switch (part.kind) {
    case SummaryPart::count_rows:
      return "count(*)";
    case SummaryPart::count:
      return fmt::format("count({})", x);
    case SummaryPart::sum_whole:
    case SummaryPart::sum:
      return fmt::format("sum({})", x);
    case SummaryPart::sum_scaled:
      return fmt::format("sum({} * {}::DOUBLE)", x, kScaleDown);
    case SummaryPart::deviations:
      return DeviationsFromRows(x, part.type == FieldType::integer);
    case SummaryPart::least:
      return fmt::format("min({})", x);
    case SummaryPart::greatest:
      return fmt::format("max({})", x);
    case SummaryPart::first:
      return fmt::format("arg_min({}, {})", x, order);
    case SummaryPart::last:
      return fmt::format("arg_max({}, {})", x, order);
    case SummaryPart::first_order:
      return fmt::format("min({}) FILTER ({} IS NOT NULL)", order, x);
    case SummaryPart::last_order:
      return fmt::format("max({}) FILTER ({} IS NOT NULL)", order, x);
  }
  return "NULL";
}

// Of stored `p` and delta `d`.
std::string SummarySql::Merged(const SummaryPart& part) const {
  const std::string& f = part.prefix;
  const std::string name = part.Name();
  switch (part.kind) {
    case SummaryPart::count_rows:
    case SummaryPart::count:
      return fmt::format("p.{0} + d.{0}", name);
    case SummaryPart::sum_whole:
    case SummaryPart::sum:
    case SummaryPart::sum_scaled:
      return fmt::format("CASE WHEN p.{0}n = 0 THEN d.{1} WHEN d.{0}n = 0 THEN p.{1} ELSE p.{1} + d.{1} END",
                         f, name);
    case SummaryPart::deviations: {
      const std::string distance = fmt::format("(p.{0}s::DOUBLE / p.{0}n - d.{0}s::DOUBLE / d.{0}n)", f);
      return fmt::format(
          "CASE WHEN p.{0}n = 0 THEN d.{0}m2 WHEN d.{0}n = 0 THEN p.{0}m2 ELSE p.{0}m2 + d.{0}m2 + "
          "{1} * {1} * (p.{0}n::DOUBLE * d.{0}n / (p.{0}n + d.{0}n)) END",
          f, distance);
    }
    case SummaryPart::least:
    case SummaryPart::first_order:
      return fmt::format("least(p.{0}, d.{0})", name);
    case SummaryPart::greatest:
    case SummaryPart::last_order:
      return fmt::format("greatest(p.{0}, d.{0})", name);
    case SummaryPart::first:
    case SummaryPart::last:
      return fmt::format("CASE WHEN p.{0}_o IS NULL OR d.{0}_o {1} p.{0}_o THEN d.{0} ELSE p.{0} END", name,
                         part.kind == SummaryPart::first ? "<" : ">");
  }
  return "NULL";
}

std::string SummarySql::ByColumns(const std::string& relation) const {
  std::string columns;
  for (size_t i = 0; i < summary_.by.size(); ++i) columns += fmt::format(", {}by_{}", relation, i);
  return columns;
}

std::string SummarySql::CreateParts() const {
  std::string columns = "window_start TIMESTAMP WITH TIME ZONE, _partition INTEGER";
  for (size_t i = 0; i < summary_.by.size(); ++i) {
    const Field& field = stream_.fields[static_cast<size_t>(stream_.FieldIndex(summary_.by[i]))];
    columns += fmt::format(", by_{} {}", i, DuckDbType(field.type));
  }
  for (const SummaryPart& part : parts_) columns += fmt::format(", {} {}", part.Name(), PartType(part));
  return fmt::format("CREATE TABLE {} ({})", QuoteName(PartsTable()), columns);
}

// Rows of `rows` that the summary takes, once for each window they lie in, with the window's start in
// microseconds.
std::string SummarySql::WindowedRows(const std::string& rows) const {
  const int64_t every = summary_.every.count();
  const int64_t hop = summary_.hop.value_or(summary_.every).count();
  const std::string time =
      fmt::format("epoch_us(s.{})", QuoteName(stream_.fields[static_cast<size_t>(stream_.time)].name));
  const std::string base = summary_.align == Align::hour ? FloorTo(time, kHour) : std::string("0");
  const std::string offset = summary_.align == Align::hour ? fmt::format("({} - {})", time, base) : time;
  const std::string latest = fmt::format("({} + {})", base, FloorTo(offset, hop));
  std::string where =
      summary_.where.empty() ? "" : fmt::format(" WHERE TRY(CAST((\n{}\n) AS BOOLEAN))", summary_.where);
  const std::string taken = fmt::format("(SELECT * FROM {}{}) s", rows, where);
  if (hop == every) return fmt::format("(SELECT s.*, {} AS sluice_w FROM {}) r", latest, taken);
  const int64_t windows = (every + hop - 1) / hop;
  const std::string start = fmt::format("({} - h.i * {})", latest, hop);
  const std::string within = summary_.align == Align::hour ? fmt::format(" AND {} >= {}", start, base) : "";
  return fmt::format("(SELECT s.*, {0} AS sluice_w FROM {1}, range({2}) h(i) WHERE {0} + {3} > {4}{5}) r",
                     start, taken, windows, every, time, within);
}

std::string SummarySql::Delta(const std::string& rows) const {
  std::string columns = "make_timestamptz(r.sluice_w) AS window_start, r._partition AS _partition";
  for (size_t i = 0; i < summary_.by.size(); ++i) {
    columns += fmt::format(", r.{} AS by_{}", QuoteName(summary_.by[i]), i);
  }
  std::string groups = "r.sluice_w, r._partition";
  for (const std::string& field : summary_.by) groups += ", r." + QuoteName(field);
  for (const SummaryPart& part : parts_) columns += fmt::format(", {} AS {}", FromRows(part), part.Name());
  return fmt::format("SELECT {} FROM {} GROUP BY {}", columns, WindowedRows(rows), groups);
}

std::string SummarySql::Fill(const std::string& rows) const {
  std::string names = "window_start, _partition" + ByColumns("");
  for (const SummaryPart& part : parts_) names += ", " + part.Name();
  return fmt::format("INSERT INTO {} ({}) {}", QuoteName(PartsTable()), names, Delta(rows));
}

std::string SummarySql::Merge(const std::string& rows) const {
  std::string on = "p.window_start = d.window_start AND p._partition = d._partition";
  std::string names = "window_start, _partition" + ByColumns("");
  std::string values = "d.window_start, d._partition" + ByColumns("d.");
  for (size_t i = 0; i < summary_.by.size(); ++i)
    on += fmt::format(" AND p.by_{0} IS NOT DISTINCT FROM d.by_{0}", i);
  std::string updates;
  for (const SummaryPart& part : parts_) {
    const std::string name = part.Name();
    updates += fmt::format("{}{} = {}", updates.empty() ? "" : ", ", name, Merged(part));
    names += ", " + name;
    values += ", d." + name;
  }
  return fmt::format(
      "MERGE INTO {} p USING ({}) d ON {} WHEN MATCHED THEN UPDATE SET {} WHEN NOT MATCHED THEN INSERT ({}) "
      "VALUES ({})",
      QuoteName(PartsTable()), Delta(rows), on, updates, names, values);
}

std::string SummarySql::WindowEnd() const {
  const std::string start = "epoch_us(window_start)";
  const std::string end = fmt::format("{} + {}", start, summary_.every.count());
  if (summary_.align == Align::epoch) return fmt::format("make_timestamptz({})", end);
  return fmt::format("make_timestamptz(least({}, {} + {}))", end, FloorTo(start, kHour), kHour);
}

bool SummarySql::HasDeviations() const {
  for (const SummaryValue& value : summary_.values) {
    if (value.function == Aggregate::stddev) return true;
  }
  return false;
}

// One value over the parts of all partitions. g_N: the mean of field N over them (only where deviations are
// asked for).
std::string SummarySql::ValueSql(const SummaryValue& value) const {
  if (value.field.empty()) return "sum(n)::BIGINT";
  const std::string f = PartPrefix(summary_, value.field);
  const bool whole =
      stream_.fields[static_cast<size_t>(stream_.FieldIndex(value.field))].type == FieldType::integer;
  switch (value.function) {
    case Aggregate::count:
      return fmt::format("sum({}n)::BIGINT", f);
    case Aggregate::min:
      return fmt::format("min({}min)", f);
    case Aggregate::max:
      return fmt::format("max({}max)", f);
    case Aggregate::first:
      return fmt::format("arg_min({0}first, {0}first_o)", f);
    case Aggregate::last:
      return fmt::format("arg_max({0}last, {0}last_o)", f);
    case Aggregate::sum:
      if (whole) return fmt::format("sum({}s)::HUGEINT", f);
      return fmt::format(
          "CASE WHEN isfinite(sum({0}s)) THEN sum({0}s) WHEN isfinite(sum({0}t) * {1}::DOUBLE) THEN "
          "sum({0}t) * {1}::DOUBLE END",
          f, kScaleUp);
    case Aggregate::avg:
      if (whole) return fmt::format("sum({0}s)::DOUBLE / nullif(sum({0}n), 0)", f);
      return fmt::format(
          "CASE WHEN isfinite(sum({0}s)) THEN sum({0}s) / nullif(sum({0}n), 0)::DOUBLE ELSE "
          "sum({0}t) / nullif(sum({0}n), 0)::DOUBLE * {1}::DOUBLE END",
          f, kScaleUp);
    case Aggregate::stddev:
      return fmt::format(
          "CASE WHEN sum({0}n) > 1 AND NOT bool_or({0}n > 0 AND {0}m2 IS NULL) THEN sqrt((sum({0}m2) + "
          "sum(CASE WHEN {0}n > 0 THEN {0}n * ({0}s::DOUBLE / {0}n - {0}g) * ({0}s::DOUBLE / {0}n - {0}g) "
          "END)) / "
          "(sum({0}n) - 1)::DOUBLE) END",
          f);
  }
  return "NULL";
}

std::string SummarySql::CreateView() const {
  std::string columns = fmt::format("window_start AS {}, {} AS {}", QuoteName(summary_.start_name),
                                    WindowEnd(), QuoteName(summary_.end_name));
  for (size_t i = 0; i < summary_.by.size(); ++i)
    columns += fmt::format(", by_{} AS {}", i, QuoteName(summary_.by[i]));
  for (const SummaryValue& value : summary_.values) {
    columns += fmt::format(", {} AS {}", ValueSql(value), QuoteName(value.column));
  }
  std::string from = QuoteName(PartsTable());
  const std::string keys = "window_start" + ByColumns("");
  if (HasDeviations()) {
    std::string means;
    for (const SummaryPart& part : parts_) {
      if (part.kind != SummaryPart::deviations) continue;
      means += fmt::format(", sum({0}s) OVER w / nullif(sum({0}n) OVER w, 0)::DOUBLE AS {0}g", part.prefix);
    }
    from = fmt::format("(SELECT *{} FROM {} WINDOW w AS (PARTITION BY {}))", means, from, keys);
  }
  return fmt::format("CREATE VIEW {} AS SELECT {} FROM {} GROUP BY {}", QuoteName(summary_.name), columns,
                     from, keys);
}

std::string SummarySql::CheckWhere() const {
  return fmt::format("SELECT 1 FROM {} s WHERE TRY(CAST((\n{}\n) AS BOOLEAN)) LIMIT 0",
                     QuoteName(stream_.name), summary_.where.empty() ? "true" : summary_.where);
}

}  // namespace sluice
