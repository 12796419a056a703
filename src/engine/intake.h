// Intake: the door of one stream. Every source offers its batches here and hears when they are durable (rule
// D1). Bounds the bytes under way (rule D7): a source that is told "full" slows its sender in its own
// protocol's way. Owned by the app, one for each stream; thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "core/schema.h"
#include "log/log.h"

namespace sluice {

class Intake {
 public:
  // `stream` and `log` outlive the intake.
  Intake(const StreamSpec& stream, Log& log, int64_t max_bytes_under_way);

  const StreamSpec& stream() const { return stream_; }

  // Answers at once. ok: `on_durable` will run exactly once, from a thread of the log. retry: no room,
  // nothing taken.
  Status Offer(Batch batch, std::optional<OriginStep> step, Log::Completion on_durable);

  Result<OriginState> Claim(const std::string& origin) { return log_.Claim(origin); }

  int64_t bytes_under_way() const { return bytes_under_way_; }
  int64_t accepted() const { return accepted_; }  // entries made durable since the start

 private:
  const StreamSpec& stream_;
  Log& log_;
  const int64_t max_bytes_under_way_;
  std::atomic<int64_t> bytes_under_way_{0};
  std::atomic<int64_t> accepted_{0};
};

}  // namespace sluice
