// How slices of the log become spans for a sink: pure functions over values.
#pragma once

#include <vector>

#include "core/batch.h"
#include "core/schema.h"
#include "engine/sink.h"

namespace sluice {

// Several slices of one partition that follow each other as one. `slices` is not empty.
Result<Slice> JoinSlices(std::vector<Slice> slices);

// Everything in the slice, with the terms that a job without stages gives it: rows are stored, dead entries
// dead.
Span ToSpan(const Seat& seat, uint64_t epoch, Slice slice, std::string state);

// The span without those of its rows that are in `rejected`, which become dead entries with `reason`; the
// positions stay the same. Refusals of other seats are not its business.
Result<Span> RejectRows(const StreamSpec& stream, Span span, const std::vector<Refusal>& rejected,
                        const std::string& reason);

}  // namespace sluice
