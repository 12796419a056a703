// Summaries that left the pipeline file. Their windows stay in the store as they are, which is said once.
// Pure, but for the event.
#pragma once

#include <string>
#include <vector>

#include "core/summary.h"
#include "sinks/store/rows.h"

namespace sluice {

// Their rows of sluice_schema, as a condition: kept up to date until now, and not declared any more.
std::string GoneSummaries(const std::vector<SummarySpec>& declared);

// `names`: of those rows, in the first column.
void TellOfGoneSummaries(const Rows& names);

}  // namespace sluice
