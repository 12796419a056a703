// Task: whatever makes progress by itself: a job, a source that reads or generates, retention.
// A runner (engine/runner.h) calls Step; under the real clock each task has a thread, in virtual time one
// thread steps all of them in order, so a pipeline test repeats exactly. A task never sleeps and never waits
// for another one: it does what can be done now and says when it wants to be called again.
#pragma once

#include <functional>
#include <string>

#include "core/status.h"
#include "core/time.h"
#include "platform/mutex.h"

namespace sluice {

struct StepResult {
  // Call again at this time; the past or now: at once (there is more to do); kMaxTime: only when woken.
  Timestamp again = kMaxTime;
  // Something was done: virtual time does not move while any task makes progress.
  bool progress = false;
  // Not ok: the process must stop and recover from the log (rule D14).
  Status fatal;
};

class Task {
 public:
  virtual ~Task() = default;
  virtual std::string Name() const = 0;  // component name, "source.devices", "store.readings"
  virtual StepResult Step(Timestamp now) = 0;
  // The process is stopping: finish what is held (commit, acknowledge) in the following steps and take
  // nothing new.
  virtual void Drain() = 0;
  virtual bool Drained() const = 0;
  // ok, or whom it waits for: shown by /readyz.
  virtual Status Health() const = 0;

  // Set and cleared by the runner. Any thread may call Wake, at any time.
  void SetWaker(std::function<void()> waker) {
    const MutexLock lock(waker_mutex_);
    waker_ = std::move(waker);
  }
  void Wake() const {
    const MutexLock lock(waker_mutex_);
    if (waker_) waker_();
  }

 private:
  mutable Mutex waker_mutex_;
  std::function<void()> waker_ GUARDED_BY(waker_mutex_);
};

}  // namespace sluice
