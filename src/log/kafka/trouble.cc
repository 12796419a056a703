#include "log/kafka/trouble.h"

namespace sluice::kafka {
namespace {

constexpr auto kFresh = std::chrono::seconds(30);

}  // namespace

void Trouble::Heard(const std::string& reason) {
  const MutexLock lock(mutex_);
  reason_ = reason;
  at_ = Steady::now();
}

void Trouble::Showing(const std::string& whose) {
  const MutexLock lock(mutex_);
  shown_ = whose;
}

void Trouble::Refused(const std::string& reason) {
  const MutexLock lock(mutex_);
  reason_ = "the brokers refuse the " + shown_ + ": " + reason;
  at_ = Steady::now();
}

std::string Trouble::Lately() const {
  const MutexLock lock(mutex_);
  return Steady::now() - at_ < kFresh ? reason_ : "";
}

Trouble& LastTrouble() {
  static Trouble trouble;
  return trouble;
}

}  // namespace sluice::kafka
