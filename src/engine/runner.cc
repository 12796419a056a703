#include "engine/runner.h"

#include <algorithm>
#include <thread>

#include "platform/mutex.h"

namespace sluice {

class Threads::Worker {
 public:
  Worker(Task& task, const Clock& clock, const std::function<void(Status)>& on_fatal)
      : task_(task), clock_(clock), on_fatal_(on_fatal) {
    task_.SetWaker([this] { Wake(); });
    thread_ = std::thread([this] { Run(); });
  }

  void Ask() {
    {
      const MutexLock lock(mutex_);
      stop_ = true;
    }
    condition_.NotifyAll();
  }
  void Join() {
    if (thread_.joinable()) thread_.join();
    task_.SetWaker(nullptr);
  }

 private:
  void Wake() {
    {
      const MutexLock lock(mutex_);
      woken_ = true;
    }
    condition_.NotifyAll();
  }

  // Waits until `again` or a wake-up; false when the runner stops.
  bool Wait(Timestamp again) {
    const MutexLock lock(mutex_);
    while (!stop_ && !woken_) {
      const Timestamp now = clock_.Now();
      if (again <= now) break;
      // Bounded, so that a wall clock set forward or back is noticed.
      condition_.WaitFor(mutex_, std::min<Duration>(again - now, std::chrono::seconds(1)));
    }
    woken_ = false;
    return !stop_;
  }

  void Run() {
    Timestamp again = kMinTime;
    while (Wait(again)) {
      const StepResult result = task_.Step(clock_.Now());
      if (!result.fatal.ok()) {
        on_fatal_(result.fatal);
        return;
      }
      again = result.again;
    }
  }

  Task& task_;
  const Clock& clock_;
  const std::function<void(Status)>& on_fatal_;
  Mutex mutex_;
  Condition condition_;
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stop_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

Threads::Threads(const Clock& clock, std::function<void(Status)> on_fatal)
    : clock_(clock), on_fatal_(std::move(on_fatal)) {}

Threads::~Threads() { Stop(); }

void Threads::Start(Task& task) { workers_.push_back(std::make_unique<Worker>(task, clock_, on_fatal_)); }

void Threads::Stop() {
  for (auto& worker : workers_) worker->Ask();
  for (auto& worker : workers_) worker->Join();
  workers_.clear();
}

VirtualTime::VirtualTime(Timestamp start, SetTime set_time) : now_(start), set_time_(std::move(set_time)) {
  set_time_(now_);
}

void VirtualTime::Add(Task& task) { entries_.push_back({.task = &task}); }

Status VirtualTime::Settle() {
  bool progress = true;
  while (progress) {
    progress = false;
    for (Entry& entry : entries_) {
      const StepResult result = entry.task->Step(now_);
      SLUICE_TRY(result.fatal);
      entry.again = result.again;
      progress |= result.progress;
    }
  }
  return {};
}

Status VirtualTime::Advance(Duration by) {
  const Timestamp end = now_ + by;
  SLUICE_TRY(Settle());
  while (now_ < end) {
    Timestamp next = end;
    for (const Entry& entry : entries_) {
      if (entry.again > now_) next = std::min(next, entry.again);
    }
    now_ = next;
    set_time_(now_);
    SLUICE_TRY(Settle());
  }
  return {};
}

}  // namespace sluice
