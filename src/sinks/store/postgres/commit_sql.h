// The statements of a commit. Rows and dead letters go by COPY, which contends with nobody; then one message
// holds what does: the fence first, the deltas of summaries and key directory in the order of their keys, and
// COMMIT. The server runs a message only once it has all of it, so that a process stopped at any instruction
// holds nothing that another waits for. Pure functions over values.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/sink.h"
#include "sinks/store/key_deltas.h"

namespace sluice::pg {

// Index rows end at a third of a page; a key, or the `by` texts of a window together, of more bytes are
// refused.
inline constexpr int64_t kLongestKey = 2'000;

// Raises kAlteredTable first when the table is not what the stream declares.
std::string CopyRowsSql(const StreamSpec& stream);
std::string CopyDeadLettersSql();
// The dead letters of the spans as columns of that COPY; what PostgreSQL takes for no text is made one.
std::shared_ptr<arrow::RecordBatch> DeadLetterRows(std::span<const Span> spans);

// Raises kLostFence unless the seat stands where the span begins, under its epoch.
std::string FenceSql(const Span& span);
// "" when there are none.
std::string KeysSql(const StreamSpec& stream, const std::vector<KeyDelta>& deltas);

// Positions of rows that no index takes: `groups` are sets of text fields that are indexed together.
std::vector<Position> TooWide(const StreamSpec& stream, const arrow::RecordBatch& rows,
                              const std::vector<std::vector<std::string>>& groups);

}  // namespace sluice::pg
