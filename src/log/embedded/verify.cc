#include <arrow/api.h>
#include <fmt/format.h>

#include "log/embedded/batch_format.h"
#include "log/embedded/inspect_parts.h"
#include "log/embedded/scan.h"

namespace sluice::embedded {

Result<BatchHeader> CheckWhole(std::string_view value,
                               const std::map<uint32_t, std::shared_ptr<arrow::Schema>>& schemas,
                               const EntryPlace& place) {
  SLUICE_ASSIGN(const BatchHeader header, CheckBatch(value));
  if (header.stream != place.stream || header.partition != place.partition ||
      header.first != place.position) {
    return Status::Reject("damaged batch: it belongs elsewhere");
  }
  const auto schema = schemas.find(header.schema);
  if (schema == schemas.end()) return Status::Reject("damaged batch: its schema is unknown");
  auto copy = arrow::AllocateBuffer(static_cast<int64_t>(value.size()));
  if (!copy.ok()) return Status::Retry("no memory to read the log");
  std::memcpy((*copy)->mutable_data(), value.data(), value.size());
  SLUICE_ASSIGN(const DecodedBatch batch,
                DecodeBatch(std::shared_ptr<arrow::Buffer>(*std::move(copy)), header, schema->second));
  if (const auto valid = batch.rows->ValidateFull(); !valid.ok()) {
    return Status::Reject("damaged batch: " + valid.message());
  }
  return header;
}

namespace {

// Collects the findings of one partition.
class PartitionCheck {
 public:
  PartitionCheck(const StreamState& stream, PartitionId id, LogVerification& found)
      : stream_(stream),
        id_(id),
        state_(stream.partitions[static_cast<size_t>(id)]),
        found_(found),
        finder_(state_.holes, state_.low) {}

  Status Look(const EntryPlace& place, const Result<std::string_view>& value) {
    ++found_.batches;
    if (value.ok()) found_.bytes += static_cast<int64_t>(value->size());
    const Result<BatchHeader> header =
        value.ok() ? CheckWhole(*value, stream_.schemas, place) : value.status();
    CloseDamaged(place.position);
    if (!header.ok()) {
      damaged_ = {place.position, header.status().message()};
      return header.status().code() == Code::retry ? header.status() : Status();
    }
    if (place.position < finder_.covered()) {
      Add(place.position, std::min(header->next(), finder_.covered()), "positions are stored twice");
    }
    finder_.Cover(place.position, header->next());
    found_.entries += header->rows + header->dead;
    return {};
  }
  void Finish(Position witness) {
    CloseDamaged(state_.next);
    for (const auto& [first, next] : finder_.Finish(state_.next)) {
      Add(first, next, "positions are missing that are not recorded as lost");
    }
    if (witness > state_.next) {
      Add(state_.next, witness, "positions were given of which nothing is there; the next start counts them");
    }
  }

 private:
  // A damaged batch reaches up to its successor.
  void CloseDamaged(Position successor) {
    if (!damaged_) return;
    finder_.Cover(damaged_->first, successor);
    Add(damaged_->first, successor, damaged_->second);
    damaged_.reset();
  }
  void Add(Position first, Position next, std::string sentence) {
    found_.findings.push_back({stream_.spec.name, id_, first, next, std::move(sentence)});
  }

  const StreamState& stream_;
  const PartitionId id_;
  const PartitionState& state_;
  LogVerification& found_;
  HoleFinder finder_;
  std::optional<std::pair<Position, std::string>> damaged_;
};

}  // namespace

Status VerifyPartition(const InspectorParts& parts, const StreamState& stream, PartitionId id,
                       LogVerification& found) {
  const PartitionState& state = stream.partitions[static_cast<size_t>(id)];
  PartitionCheck check(stream, id, found);
  SLUICE_TRY(ScanBatches(*parts.database, stream.id, id, state.low, INT64_MAX,
                         [&](const EntryPlace& place, const Result<std::string_view>& value) {
                           return check.Look(place, value);
                         }));
  const auto witness = parts.ends.find({stream.id, id});
  check.Finish(witness == parts.ends.end() ? 0 : witness->second.next);
  return {};
}

}  // namespace sluice::embedded
