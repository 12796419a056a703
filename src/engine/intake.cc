#include "engine/intake.h"

namespace sluice {

Intake::Intake(const StreamSpec& stream, Log& log, int64_t max_bytes_under_way)
    : stream_(stream), log_(log), max_bytes_under_way_(max_bytes_under_way) {}

Status Intake::Offer(Batch batch, std::optional<OriginStep> step, Log::Completion on_durable) {
  const int64_t bytes = batch.ByteSize();
  const int64_t count = batch.Count();
  // One batch always fits when nothing else is under way, however large, so that no sender is refused for
  // ever.
  const int64_t before = bytes_under_way_.fetch_add(bytes);
  if (before > 0 && before + bytes > max_bytes_under_way_) {
    bytes_under_way_ -= bytes;
    return Status::Retry("stream '" + stream_.name + "' waits for its log");
  }
  Status taken = log_.Append(stream_.name, std::move(batch), std::move(step),
                             [this, bytes, count, done = std::move(on_durable)](AppendOutcome outcome) {
                               bytes_under_way_ -= bytes;
                               if (outcome.kind == AppendOutcome::done) accepted_ += count;
                               done(std::move(outcome));
                             });
  if (!taken.ok()) bytes_under_way_ -= bytes;
  return taken;
}

}  // namespace sluice
