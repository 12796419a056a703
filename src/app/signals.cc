#include "app/signals.h"

#include <signal.h>

namespace sluice {
namespace {

sigset_t Handled() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&set, signal);
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = Handled();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

Signal WaitForSignal(Duration timeout) {
  const sigset_t set = Handled();
  const timespec span{.tv_sec = timeout.count() / 1'000'000, .tv_nsec = timeout.count() % 1'000'000 * 1000};
  const int signal = ::sigtimedwait(&set, nullptr, &span);
  if (signal == SIGHUP) return Signal::reload;
  return signal == SIGINT || signal == SIGTERM ? Signal::stop : Signal::none;
}

}  // namespace sluice
