#include "sinks/store/gone_summaries.h"

#include <fmt/format.h>

#include "sinks/store/sql_text.h"
#include "telemetry/events.h"

namespace sluice {

std::string GoneSummaries(const std::vector<SummarySpec>& declared) {
  std::string names = "''";
  for (const SummarySpec& summary : declared) names += ", " + QuoteText(summary.name);
  return fmt::format("kind = 'summary' AND active AND name NOT IN ({})", names);
}

void TellOfGoneSummaries(const Rows& names) {
  for (int64_t row = 0; row < names.size(); ++row) {
    Event(Level::warn, "store",
          fmt::format(
              "summary '{}' left the pipeline file: its windows stay as they are and take up nothing new. "
              "Declared again, it is computed anew",
              names.Text(0, row)));
  }
}

}  // namespace sluice
