#include "config/summaries.h"

#include <map>

#include <fmt/format.h>

#include "config/names.h"
#include "core/ascii.h"

namespace sluice {
namespace {

constexpr int64_t kMaxOverlap = 10'000;  // windows that one reading may be in

struct ColumnNames {
  std::string start = SummarySpec().start_name;
  std::string end = SummarySpec().end_name;
};

struct SummaryTable {
  std::string stream;
  Duration every{};
  std::optional<Duration> hop;
  std::vector<SummaryValue> values;
  std::vector<std::string> by;
  std::string where;
  Align align = Align::epoch;
  ColumnNames names;
  std::optional<Duration> retain;
};

OptionSet ColumnNameOptions() {
  return OptionTable<ColumnNames>()
      .Add("start", &ColumnNames::start, "column of the window's first instant")
      .Add("end", &ColumnNames::end, "column of the first instant behind the window");
}

void ReadValues(const Node& node, SummaryTable& table, OptionContext& context) {
  static const std::string kHint = "write values = { avg_temperature = \"avg(temperature)\" }";
  if (node.kind != Node::Kind::table || node.entries.empty()) {
    context.Error(node.place, "`values` must be a table with a column or more", kHint);
    return;
  }
  for (const Node::Entry& entry : node.entries) {
    std::string expression;
    if (!ReadValue("values." + entry.key, entry.value, &expression, context)) continue;
    Result<SummaryValue> value = ParseSummaryValue(entry.key, expression);
    if (value.ok()) {
      table.values.push_back(*value);
    } else {
      context.Error(entry.value.place, value.status().message(), kHint);
    }
  }
}

void CheckWindows(const SummaryTable& table, Faults& faults) {
  if (table.every == Duration(0)) return;  // missing or faulty
  if (table.hop && *table.hop > table.every) {
    faults.Add(
        "hop",
        fmt::format("`hop` ({}) is longer than `every` ({}): readings between windows would be in none",
                    FormatDuration(*table.hop), FormatDuration(table.every)),
        "make it shorter, or leave it out for windows that follow each other");
  } else if (table.hop && table.every.count() / table.hop->count() > kMaxOverlap) {
    faults.Add("hop", "one reading would be in more than 10,000 windows",
               "make `hop` longer or `every` shorter");
  }
  if (table.align == Align::hour && table.every > std::chrono::hours(1)) {
    faults.Add("align", fmt::format("windows of {} cannot restart each hour", FormatDuration(table.every)),
               "use align = \"epoch\", or an `every` of at most 1h");
  }
}

bool Summable(FieldType type) { return type == FieldType::integer || type == FieldType::number; }

// Why the function cannot be taken of such a field, or nothing.
std::string RefuseType(Aggregate function, FieldType type) {
  switch (function) {
    case Aggregate::avg:
    case Aggregate::sum:
    case Aggregate::stddev:
      return Summable(type) ? "" : "needs an int or a double";
    case Aggregate::min:
    case Aggregate::max:
      return type == FieldType::json || type == FieldType::boolean ? "needs values that have an order" : "";
    default:
      return "";
  }
}

void CheckValue(const SummaryValue& value, Place place, const StreamDraft& stream, OptionContext& context) {
  if (value.field.empty() || !CheckField(stream, value.field, place, context)) return;
  const auto type = stream.TypeOf(value.field);
  const std::string refused = type ? RefuseType(value.function, *type) : "";
  if (refused.empty()) return;
  context.Error(place,
                fmt::format("{}({}) {}, and `{}` is a {}", AggregateName(value.function), value.field,
                            refused, value.field, FieldTypeName(*type)),
                "count, first and last take every type");
}

// Each column of the view once, without regard to case, and with a possible name.
class ColumnCheck {
 public:
  explicit ColumnCheck(OptionContext& context) : context_(context) {}
  void Add(const std::string& name, Place place) {
    if (auto fault = CheckColumnName(name)) context_.Error(place, fault->message, fault->hint);
    const auto [before, fresh] = seen_.emplace(LowerCase(name), name);
    if (fresh) return;
    context_.Error(place, fmt::format("the summary has two columns `{}`", name),
                   "its columns are the window's start and end, `by` and `values`: rename one of them");
  }

 private:
  OptionContext& context_;
  std::map<std::string, std::string> seen_;
};

Place PlaceOfName(const Node& table, const char* key) {
  const Node::Entry* names = table.Find("names");
  const Node::Entry* name = names == nullptr ? nullptr : names->value.Find(key);
  return name == nullptr ? Place{} : name->value.place;
}

void CheckColumns(const SummarySpec& summary, const Node& table, OptionContext& context) {
  ColumnCheck check(context);
  check.Add(summary.start_name, PlaceOfName(table, "start"));
  check.Add(summary.end_name, PlaceOfName(table, "end"));
  if (const Node::Entry* by = table.Find("by")) {
    for (const Node& item : by->value.items) {
      if (item.kind == Node::Kind::text && !item.unset) check.Add(item.text, item.place);
    }
  }
  if (const Node::Entry* values = table.Find("values")) {
    for (const Node::Entry& entry : values->value.entries) check.Add(entry.key, entry.place);
  }
}

void CheckBy(const Node& table, const StreamDraft& stream, OptionContext& context) {
  const Node::Entry* by = table.Find("by");
  if (by == nullptr) return;
  for (const Node& item : by->value.items) {
    if (item.kind != Node::Kind::text || item.unset) continue;
    if (!CheckField(stream, item.text, item.place, context)) continue;
    if (stream.TypeOf(item.text) != FieldType::json) continue;
    context.Error(item.place, fmt::format("`by` cannot group by `{}`, which is json", item.text),
                  "group by a field of another type");
  }
}

}  // namespace

OptionSet SummaryOptions() {
  static constexpr Duration kShortest = std::chrono::milliseconds(1);
  return OptionTable<SummaryTable>()
      .Add("stream", &SummaryTable::stream, "stream that it summarises")
      .Required()
      .Add("every", &SummaryTable::every, "length of a window", {.min = kShortest})
      .Required()
      .Add("hop", &SummaryTable::hop, "distance between the starts of windows; unset: as long as a window",
           {.min = kShortest})
      .AddCustom("values", "table of aggregates", &ReadValues,
                 "columns and what they hold: avg, sum, min, max, count, stddev, first or last of a field, "
                 "or count(*)")
      .Required()
      .Add("by", &SummaryTable::by, "fields to group by: a row for each combination in each window")
      .Add("where", &SummaryTable::where, "SQL condition over the stream's fields; unset: every reading")
      .AddChoice("align", &SummaryTable::align, {{"epoch", Align::epoch}, {"hour", Align::hour}},
                 "where windows start: counted from 1970, or again at each full hour")
      .AddTable("names", &SummaryTable::names, ColumnNameOptions(), "names of the window's columns")
      .Add("retain", &SummaryTable::retain, "how long windows are kept; unset: for ever",
           {.above = Duration(0)})
      .Check(&CheckWindows);
}

SummarySpec ReadSummary(const Node::Entry& entry, OptionContext& context) {
  SummaryTable table = std::any_cast<SummaryTable>(SummaryOptions().Read(entry.value, entry.place, context));
  SummarySpec summary;
  summary.name = entry.key;
  summary.stream = std::move(table.stream);
  summary.every = table.every;
  summary.hop = table.hop;
  summary.values = std::move(table.values);
  summary.by = std::move(table.by);
  summary.where = std::move(table.where);
  summary.align = table.align;
  summary.start_name = table.names.start;
  summary.end_name = table.names.end;
  summary.retain = table.retain;
  CheckColumns(summary, entry.value, context);
  return summary;
}

void CheckSummary(const SummarySpec& summary, const Node& table, const StreamDraft& stream,
                  OptionContext& context) {
  for (const SummaryValue& value : summary.values) {
    CheckValue(value, table.Find("values")->value.Find(value.column)->value.place, stream, context);
  }
  CheckBy(table, stream, context);
}

}  // namespace sluice
