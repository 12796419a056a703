// Delivery: the one batch of a source that is on its way into the log, between Intake::Offer and its
// completion. The completion comes from a thread of the log (or inside Offer); it is kept here and the
// source's task is woken, so that a source's Step never waits. One batch at a time: an origin's next step
// begins where the last one ended. Owned by a source, used by its thread. A completion that comes after the
// delivery is gone (a drain that ran out of time, a test's crash) changes nothing.
#pragma once

#include <memory>
#include <optional>

#include "engine/intake.h"
#include "engine/task.h"

namespace sluice {

class Delivery {
 public:
  // `task` is woken when an outcome came.
  Delivery(Intake& intake, const Task& task);
  ~Delivery();

  // ok: under way. Anything else: the caller keeps the batch; retry means that there is no room now.
  Status Offer(const Batch& batch, const std::optional<OriginStep>& step);
  bool UnderWay() const;
  // Under way, or its outcome was not taken yet: nothing may be offered, what is pending is still that batch.
  bool Busy() const;
  // The outcome that has come since; at most once for each batch.
  std::optional<AppendOutcome> Take();

 private:
  struct Mailbox;
  Intake& intake_;
  const std::shared_ptr<Mailbox> mailbox_;  // shared with the completion, which may outlive this
};

}  // namespace sluice
