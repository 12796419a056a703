// What new rows add to the key directory: for each key of a stream how many readings, from when to when.
// Pure functions over values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "core/schema.h"

namespace sluice {

struct KeyDelta {
  std::string key;
  std::optional<Timestamp> first, last;  // of readings that are not stamped in the future (rule D12)
  Timestamp latest;                      // of all
  int64_t readings = 0;
  bool operator==(const KeyDelta&) const = default;
};

// Each key once, in the order of their bytes. `batches` have StreamSpec::TableSchema().
std::vector<KeyDelta> KeyDeltas(const StreamSpec& stream,
                                const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches);

}  // namespace sluice
