// The embedded log for a command that looks at a data directory while nothing runs on it: it can be asked
// where its partitions end and be read, and not a byte of it changes. A stream that was never declared to it
// is empty. It is opened when it is first asked, so that questions to the store alone are answered beside a
// log that is damaged. Thread-safe; rejects as LogInspector does.
#pragma once

#include <memory>
#include <string>

#include "log/log.h"

namespace sluice {

std::unique_ptr<Log> MakeLookingLog(std::string directory);

}  // namespace sluice
