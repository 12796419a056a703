#include "sinks/store/key_deltas.h"

#include <algorithm>
#include <unordered_map>

#include <arrow/api.h>

#include "log/partitioner.h"

namespace sluice {
namespace {

struct HashKey : std::hash<std::string_view> {
  using is_transparent = void;
};
using Directory = std::unordered_map<std::string, KeyDelta, HashKey, std::equal_to<>>;

KeyDelta& DeltaOf(Directory& directory, std::string_view key) {
  const auto found = directory.find(key);
  if (found != directory.end()) return found->second;
  return directory.emplace(key, KeyDelta{.key = std::string(key), .latest = kMinTime}).first->second;
}

void Add(KeyDelta& delta, Timestamp time, bool future) {
  ++delta.readings;
  delta.latest = std::max(delta.latest, time);
  if (future) return;
  delta.first = std::min(delta.first.value_or(time), time);
  delta.last = std::max(delta.last.value_or(time), time);
}

void AddBatch(const StreamSpec& stream, const arrow::RecordBatch& rows, Directory& directory) {
  const arrow::Array& keys = *rows.column(*stream.key);
  const auto& times = static_cast<const arrow::TimestampArray&>(*rows.column(stream.time));
  const auto& arrivals =
      static_cast<const arrow::TimestampArray&>(*rows.GetColumnByName(std::string(kIngestedAt)));
  const bool text = keys.type_id() == arrow::Type::STRING;
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    const Timestamp time = FromMicros(times.Value(row));
    const bool future = times.Value(row) - arrivals.Value(row) > stream.max_future.count();
    if (text) {
      Add(DeltaOf(directory, static_cast<const arrow::StringArray&>(keys).GetView(row)), time, future);
    } else {
      Add(DeltaOf(directory, KeyText(keys, row)), time, future);
    }
  }
}

}  // namespace

std::vector<KeyDelta> KeyDeltas(const StreamSpec& stream,
                                const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  Directory directory;
  for (const auto& rows : batches) AddBatch(stream, *rows, directory);
  std::vector<KeyDelta> deltas;
  deltas.reserve(directory.size());
  for (auto& [key, delta] : directory) deltas.push_back(std::move(delta));
  std::sort(deltas.begin(), deltas.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return deltas;
}

}  // namespace sluice
