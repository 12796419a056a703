// LogKind: how a kind of log joins the list in components.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/load.h"
#include "log/log.h"
#include "platform/clock.h"

namespace sluice {

struct LogContext {
  std::string directory;  // of this log's own files
  const Clock& clock;
  ByteSize memory;            // its share of the process's budget
  bool virtual_time = false;  // in memory, without threads: appends complete before Append returns
};

struct LogKind {
  ComponentKind facts;
  std::function<Result<std::unique_ptr<Log>>(const ComponentSpec&, const LogContext&)> open;
};

}  // namespace sluice
