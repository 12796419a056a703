// A summary as the pipeline file declares it: a windowed aggregate of one stream, kept in the store as
// mergeable parts and shown through a view of exactly the columns asked for. Values; immutable once loaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace sluice {

enum class Aggregate { avg, sum, min, max, count, stddev, first, last };
std::string_view AggregateName(Aggregate function);
std::optional<Aggregate> AggregateFromName(std::string_view name);

struct SummaryValue {
  std::string column;  // of the view: "avg_temperature"
  Aggregate function = Aggregate::count;
  std::string field;  // of the stream; "" for count(*)
  bool operator==(const SummaryValue&) const = default;
};

enum class Align { epoch, hour };  // hour: windows restart each hour

struct SummarySpec {
  std::string name;
  std::string stream;
  Duration every{};                  // length of a window
  std::optional<Duration> hop;       // distance of window starts; unset: `every` (tumbling)
  std::vector<SummaryValue> values;  // in the order of the file
  std::vector<std::string> by;       // fields of the stream
  std::string where;                 // SQL condition over the stream's fields; "" takes every row
  Align align = Align::epoch;
  std::string start_name = "interval_start";
  std::string end_name = "interval_end";
  std::optional<Duration> retain;
  bool operator==(const SummarySpec&) const = default;
};

// `avg(temperature)`, `count(*)`: function and field. Rejects anything else, saying what is possible.
Result<SummaryValue> ParseSummaryValue(std::string column, std::string_view expression);

}  // namespace sluice
