#include "sinks/store/summary_plan.h"

#include <fmt/format.h>

namespace sluice {
namespace {

bool IsNumeric(FieldType type) { return type == FieldType::integer || type == FieldType::number; }

std::vector<SummaryPart::Kind> KindsOf(const SummaryValue& value, FieldType type) {
  using Part = SummaryPart;
  switch (value.function) {
    case Aggregate::count:
      return {Part::count};
    case Aggregate::min:
      return {Part::least};
    case Aggregate::max:
      return {Part::greatest};
    case Aggregate::first:
      return {Part::first, Part::first_order};
    case Aggregate::last:
      return {Part::last, Part::last_order};
    default:
      break;
  }
  std::vector<Part::Kind> kinds = {Part::count};
  if (type == FieldType::integer) {
    kinds.push_back(Part::sum_whole);
  } else {
    kinds.insert(kinds.end(), {Part::sum, Part::sum_scaled});
  }
  if (value.function == Aggregate::stddev) kinds.push_back(Part::deviations);
  return kinds;
}

Status CheckValue(const SummaryValue& value, FieldType type) {
  const bool adds = value.function == Aggregate::avg || value.function == Aggregate::sum ||
                    value.function == Aggregate::stddev;
  if (!adds || IsNumeric(type)) return {};
  return Status::Reject(fmt::format("{}({}) needs a number; the field is a {}", AggregateName(value.function),
                                    value.field, FieldTypeName(type)));
}

Result<std::vector<SummaryPart>> Plan(const SummarySpec& summary, const StreamSpec& stream) {
  if (summary.every.count() <= 0 || summary.hop.value_or(summary.every).count() <= 0) {
    return Status::Reject("`every` and `hop` must be longer than nothing");
  }
  for (const std::string& field : summary.by) {
    if (stream.FieldIndex(field) < 0) return Status::Reject(fmt::format("`by` names no field: '{}'", field));
  }
  std::vector<SummaryPart> parts = {{}};
  for (const SummaryValue& value : summary.values) {
    if (value.field.empty()) continue;
    const int index = stream.FieldIndex(value.field);
    if (index < 0) {
      return Status::Reject(fmt::format("'{}' is no field of stream '{}'", value.field, stream.name));
    }
    const FieldType type = stream.fields[static_cast<size_t>(index)].type;
    SLUICE_TRY(CheckValue(value, type));
    for (const SummaryPart::Kind kind : KindsOf(value, type)) {
      SummaryPart part{kind, PartPrefix(summary, value.field), value.field, type};
      if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(std::move(part));
    }
  }
  return parts;
}

}  // namespace

std::string SummaryPart::Name() const {
  switch (kind) {
    case count_rows:
    case count:
      return prefix + "n";
    case sum_whole:
    case sum:
      return prefix + "s";
    case sum_scaled:
      return prefix + "t";
    case deviations:
      return prefix + "m2";
    case least:
      return prefix + "min";
    case greatest:
      return prefix + "max";
    case first:
      return prefix + "first";
    case first_order:
      return prefix + "first_o";
    case last:
      return prefix + "last";
    case last_order:
      return prefix + "last_o";
  }
  return prefix;
}

std::string PartPrefix(const SummarySpec& summary, const std::string& field) {
  size_t index = 0;
  while (summary.values[index].field != field) ++index;
  return fmt::format("f{}_", index);
}

std::string PartsTableOf(const std::string& summary) { return "sluice_parts_" + summary; }

Result<std::vector<SummaryPart>> PlanSummary(const SummarySpec& summary, const StreamSpec& stream) {
  auto parts = Plan(summary, stream);
  if (!parts.ok()) return parts.status().In(fmt::format("summary '{}'", summary.name));
  return parts;
}

}  // namespace sluice
