// ManualClock: time that moves only when told to. Thread-safe.
#pragma once

#include <atomic>

#include "platform/clock.h"

namespace sluice {

class ManualClock : public Clock {
 public:
  explicit ManualClock(Timestamp start = FromMicros(1'760'000'000'000'000)) : micros_(ToMicros(start)) {}
  Timestamp Now() const override { return FromMicros(micros_); }
  void Set(Timestamp time) { micros_ = ToMicros(time); }
  void Advance(Duration by) { micros_ += by.count(); }

 private:
  std::atomic<int64_t> micros_;
};

}  // namespace sluice
