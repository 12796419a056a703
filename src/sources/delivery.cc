#include "sources/delivery.h"

#include "platform/mutex.h"

namespace sluice {

struct Delivery::Mailbox {
  Mutex mutex;
  const Task* task GUARDED_BY(mutex) = nullptr;
  bool under_way GUARDED_BY(mutex) = false;
  std::optional<AppendOutcome> outcome GUARDED_BY(mutex);
};

Delivery::Delivery(Intake& intake, const Task& task)
    : intake_(intake), mailbox_(std::make_shared<Mailbox>()) {
  const MutexLock lock(mailbox_->mutex);
  mailbox_->task = &task;
}

Delivery::~Delivery() {
  const MutexLock lock(mailbox_->mutex);
  mailbox_->task = nullptr;
}

Status Delivery::Offer(const Batch& batch, const std::optional<OriginStep>& step) {
  {
    const MutexLock lock(mailbox_->mutex);
    mailbox_->under_way = true;
  }
  Status taken = intake_.Offer(batch, step, [mailbox = mailbox_](AppendOutcome outcome) {
    const MutexLock lock(mailbox->mutex);
    mailbox->outcome = std::move(outcome);
    mailbox->under_way = false;
    if (mailbox->task != nullptr) mailbox->task->Wake();
  });
  if (!taken.ok()) {
    const MutexLock lock(mailbox_->mutex);
    mailbox_->under_way = false;
  }
  return taken;
}

bool Delivery::UnderWay() const {
  const MutexLock lock(mailbox_->mutex);
  return mailbox_->under_way;
}

bool Delivery::Busy() const {
  const MutexLock lock(mailbox_->mutex);
  return mailbox_->under_way || mailbox_->outcome.has_value();
}

std::optional<AppendOutcome> Delivery::Take() {
  const MutexLock lock(mailbox_->mutex);
  return std::exchange(mailbox_->outcome, std::nullopt);
}

}  // namespace sluice
