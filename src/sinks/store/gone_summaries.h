// Summaries that left the pipeline file. Their windows stay in the store as they are, which is said once.
#pragma once

#include <string>
#include <vector>

#include "core/status.h"
#include "core/summary.h"
#include "sinks/store/rows.h"

namespace sluice {

// Their rows of sluice_schema, as a condition: kept up to date until now, and not declared any more.
std::string GoneSummaries(const std::vector<SummarySpec>& declared);

// `names`: of those rows, in the first column.
void TellOfGoneSummaries(const Rows& names);

// In either store: marks them, whose parts stop growing, so that coming back means a rebuild. Writes nothing
// where none is gone: whoever starts may have no right to.
template <class Connection>
Status RetireSummaries(Connection& connection, const std::vector<SummarySpec>& declared) {
  const std::string gone = GoneSummaries(declared);
  SLUICE_ASSIGN(auto answer,
                connection.Query("SELECT name FROM sluice_schema WHERE " + gone + " ORDER BY name"));
  const Rows names(answer);
  if (names.size() == 0) return {};
  TellOfGoneSummaries(names);
  return connection.Run("UPDATE sluice_schema SET active = false WHERE " + gone);
}

}  // namespace sluice
