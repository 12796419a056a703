// Runner: gives tasks their steps. Two of them: Threads, for a running pipeline (a thread for each task,
// waiting until the task's own time or a wake-up), and VirtualTime, for tests (one thread, tasks in order,
// time moved by hand). The only place where tasks wait. Tasks are borrowed and outlive the runner.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/task.h"
#include "platform/clock.h"

namespace sluice {

class Threads {
 public:
  // `on_fatal` is called once, from a task's thread, when a step ended in a fatal state.
  Threads(const Clock& clock, std::function<void(Status)> on_fatal);
  ~Threads();  // stops

  void Start(Task& task);
  // Ends every thread after the step it is in. Nothing is drained.
  void Stop();

 private:
  class Worker;
  const Clock& clock_;
  const std::function<void(Status)> on_fatal_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

class VirtualTime {
 public:
  using SetTime = std::function<void(Timestamp)>;
  VirtualTime(Timestamp start, SetTime set_time);

  void Add(Task& task);
  // Steps every task, in the order they were added, until none makes progress at this time.
  Status Settle();
  // Settles, then moves time to each task's next wish in turn until `by` has passed.
  Status Advance(Duration by);
  Timestamp now() const { return now_; }

 private:
  struct Entry {
    Task* task;
    Timestamp again = kMinTime;
  };
  std::vector<Entry> entries_;
  Timestamp now_;
  SetTime set_time_;
};

}  // namespace sluice
