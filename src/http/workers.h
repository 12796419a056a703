// Workers: a few threads that run handlers, so that a slow one does not stop the reading and writing of the
// others. The queue needs no bound of its own: a connection has one request under way, and connections and
// the bytes of their bodies are bounded. Thread-safe; the destructor runs what was submitted and joins.
#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "platform/mutex.h"

namespace sluice::http {

class Workers {
 public:
  explicit Workers(int threads);
  ~Workers();
  void Submit(std::function<void()> job);

 private:
  void Run();

  Mutex mutex_;
  Condition wake_;
  std::deque<std::function<void()>> jobs_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace sluice::http
