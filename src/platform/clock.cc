#include "platform/clock.h"

namespace sluice {
namespace {

class RealClock : public Clock {
 public:
  Timestamp Now() const override { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }
};

}  // namespace

const Clock& SystemClock() {
  static const RealClock clock;
  return clock;
}

}  // namespace sluice
