// StreamDeltas: what new rows add to the summaries of their stream, for a store that is not DuckDB: the rows
// go through a DuckDB in memory, so that `where`, windows and every part mean the same whatever the store is.
// One per stream, one thread at a time. Failures: retry for memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/schema.h"
#include "core/summary.h"

namespace arrow {
class RecordBatch;
class Table;
}  // namespace arrow

namespace sluice {

class StreamDeltas {
 public:
  // Rejects what the stream cannot have, and a `where` that is no condition over it.
  static Result<std::unique_ptr<StreamDeltas>> Make(const StreamSpec& stream,
                                                    const std::vector<SummarySpec>& summaries,
                                                    ByteSize memory);
  virtual ~StreamDeltas() = default;

  // One table for each of the summaries, in their order: window_start, _partition, by_0 …, then the parts of
  // PlanSummary; no key twice, ordered by key. Whole sums and orders are text in decimal, everything that has
  // no other type here is text. `batches` have StreamSpec::TableSchema().
  virtual Result<std::vector<std::shared_ptr<arrow::Table>>> Of(
      const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) = 0;
};

}  // namespace sluice
