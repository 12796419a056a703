#include "sinks/store/shape_text.h"

#include <set>

#include <fmt/format.h>

#include "core/json_text.h"
#include "sinks/store/table_plan.h"

namespace sluice {

std::string ShapeText(const StreamSpec& stream) {
  const StreamRoles roles = RolesOf(stream);
  std::string text = fmt::format(R"({{"key":{},"time":{},"partitions":{},"fields":{{)", JsonText(roles.key),
                                 JsonText(roles.time), stream.partitions);
  for (size_t i = 0; i < stream.fields.size(); ++i) {
    text += fmt::format("{}{}:{}", i == 0 ? "" : ",", JsonText(stream.fields[i].name),
                        JsonText(FieldTypeName(stream.fields[i].type)));
  }
  return text + "}}";
}

namespace {

std::string TypesJson(const SummarySpec& summary, const StreamSpec& stream) {
  std::set<std::string> names(summary.by.begin(), summary.by.end());
  for (const SummaryValue& value : summary.values) names.insert(value.field);
  std::string text = "{";
  for (const std::string& name : names) {
    const int field = stream.FieldIndex(name);
    if (field < 0) continue;
    text += fmt::format("{}{}:{}", text.size() > 1 ? "," : "", JsonText(name),
                        JsonText(FieldTypeName(stream.fields[static_cast<size_t>(field)].type)));
  }
  return text + "}";
}

}  // namespace

std::string ShapeText(const SummarySpec& summary, const StreamSpec& stream) {
  std::string text = fmt::format(
      R"({{"stream":{},"every":{},"hop":{},"align":"{}","where":{},"start":{},"end":{})",
      JsonText(summary.stream), summary.every.count(), summary.hop.value_or(summary.every).count(),
      summary.align == Align::hour ? "hour" : "epoch", JsonText(summary.where), JsonText(summary.start_name),
      JsonText(summary.end_name));
  text += R"(,"by":[)";
  for (size_t i = 0; i < summary.by.size(); ++i) text += (i == 0 ? "" : ",") + JsonText(summary.by[i]);
  text += R"(],"values":[)";
  for (size_t i = 0; i < summary.values.size(); ++i) {
    const SummaryValue& value = summary.values[i];
    text += fmt::format("{}[{},\"{}\",{}]", i == 0 ? "" : ",", JsonText(value.column),
                        AggregateName(value.function), JsonText(value.field));
  }
  return text + "],\"types\":" + TypesJson(summary, stream) + "}";
}

}  // namespace sluice
