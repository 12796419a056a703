#include "core/summary.h"

#include <array>

#include <fmt/format.h>

#include "core/ascii.h"

namespace sluice {
namespace {

constexpr std::array<std::pair<Aggregate, std::string_view>, 8> kNames = {{
    {Aggregate::avg, "avg"},
    {Aggregate::sum, "sum"},
    {Aggregate::min, "min"},
    {Aggregate::max, "max"},
    {Aggregate::count, "count"},
    {Aggregate::stddev, "stddev"},
    {Aggregate::first, "first"},
    {Aggregate::last, "last"},
}};

}  // namespace

std::string_view AggregateName(Aggregate function) { return kNames[static_cast<size_t>(function)].second; }

std::optional<Aggregate> AggregateFromName(std::string_view name) {
  for (const auto& [function, known] : kNames) {
    if (known == name) return function;
  }
  return std::nullopt;
}

Result<SummaryValue> ParseSummaryValue(std::string column, std::string_view expression) {
  const std::string_view text = Trim(expression);
  const size_t open = text.find('(');
  if (open != std::string_view::npos && text.back() == ')') {
    const auto function = AggregateFromName(Trim(text.substr(0, open)));
    const std::string_view field = Trim(text.substr(open + 1, text.size() - open - 2));
    const bool all = field == "*";
    if (function && !field.empty() && (!all || *function == Aggregate::count)) {
      return SummaryValue{std::move(column), *function, all ? "" : std::string(field)};
    }
  }
  return Status::Reject(fmt::format(
      "'{}' is not one of avg(f), sum(f), min(f), max(f), count(f), count(*), stddev(f), first(f), last(f)",
      expression));
}

}  // namespace sluice
