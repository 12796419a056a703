// Trouble: what librdkafka last said of its connections. A call that finds no broker fails without a reason
// (a wrong password, an unknown certificate); whoever explains it adds this. One for the process, because
// which client spoke is not what its user asks. Thread-safe.
#pragma once

#include <chrono>
#include <string>

#include "platform/mutex.h"

namespace sluice::kafka {

class Trouble {
 public:
  void Heard(const std::string& reason);
  // Whose credentials clients show from now on, and that a broker refused them.
  void Showing(const std::string& whose);
  void Refused(const std::string& reason);
  // The last reason; "" when that was long ago.
  std::string Lately() const;

 private:
  using Steady = std::chrono::steady_clock;

  mutable Mutex mutex_;
  std::string reason_ GUARDED_BY(mutex_);
  std::string shown_ GUARDED_BY(mutex_);
  Steady::time_point at_ GUARDED_BY(mutex_);
};

Trouble& LastTrouble();

}  // namespace sluice::kafka
