// Reading by position: stored batches become one slice of the stream's present shape. Many small batches are
// joined up to the byte budget; one large batch is cut without a copy. Any thread.
#pragma once

#include "log/embedded/database.h"
#include "log/embedded/state.h"

namespace sluice::embedded {

// The slice [from, …) of the view; view.low <= from <= view.high was checked.
// Reject: a stored batch is damaged.
Result<Slice> ReadSlice(Database& database, const ReadView& view, Position from, int64_t byte_budget);

}  // namespace sluice::embedded
