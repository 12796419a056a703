// [summary.NAME]: from the table of the file to a SummarySpec, with every fault of it reported. Used by
// config/load.cc, once the streams are known.
#pragma once

#include "config/options.h"
#include "config/streams.h"
#include "core/summary.h"

namespace sluice {

OptionSet SummaryOptions();

// The spec as far as the table alone tells it.
SummarySpec ReadSummary(const Node::Entry& entry, OptionContext& context);

// What the stream says to it: fields of `values` and `by`, their types, and names of columns that meet.
void CheckSummary(const SummarySpec& summary, const Node& table, const StreamDraft& stream,
                  OptionContext& context);

}  // namespace sluice
