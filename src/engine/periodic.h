// Periodic: a task that does one thing every so often: trimming the log, retention, watching the data
// directory. A retry of the thing is a state shown by /readyz, a fatal one ends the process. Stepped by one
// thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/task.h"

namespace sluice {

class Periodic : public Task {
 public:
  Periodic(std::string name, Duration every, std::function<Status(Timestamp)> work)
      : name_(std::move(name)), every_(every), work_(std::move(work)) {}

  std::string Name() const override { return name_; }
  StepResult Step(Timestamp now) override {
    if (now < due_) return {.again = due_};
    due_ = now + every_;
    const Status done = work_(now);
    const MutexLock lock(mutex_);
    health_ = done;
    if (done.code() == Code::fatal) return {.fatal = done.In(name_)};
    return {.again = due_};
  }
  void Drain() override {}
  bool Drained() const override { return true; }
  Status Health() const override {
    const MutexLock lock(mutex_);
    return health_;
  }

 private:
  const std::string name_;
  const Duration every_;
  const std::function<Status(Timestamp)> work_;
  Timestamp due_ = kMinTime;  // only the stepping thread
  mutable Mutex mutex_;
  Status health_ GUARDED_BY(mutex_);
};

}  // namespace sluice
