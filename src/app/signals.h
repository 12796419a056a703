// Signals: SIGINT, SIGTERM and SIGHUP as values that the main thread waits for. Block them before any thread
// starts.
#pragma once

#include "core/time.h"

namespace sluice {

enum class Signal { none, stop, reload };

// For the whole process: the signals stay pending until they are waited for; SIGPIPE is ignored.
void BlockSignals();
// The next signal, or none after `timeout`.
Signal WaitForSignal(Duration timeout);

}  // namespace sluice
