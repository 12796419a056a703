// Clock: the seam to time. Whatever needs the time of day asks one of these, so that tests step it by hand.
// Thread-safe. Waiting is done by the engine's runner alone (engine/runner.h), never by a component.
#pragma once

#include "core/time.h"

namespace sluice {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp Now() const = 0;
};

// The system's wall clock. Lives as long as the process.
const Clock& SystemClock();

}  // namespace sluice
