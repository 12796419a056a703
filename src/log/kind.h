// LogKind: how a kind of log joins the list in components.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/load.h"
#include "log/assignment.h"
#include "log/log.h"
#include "platform/clock.h"

namespace sluice {

struct LogContext {
  std::string directory;  // of this log's own files
  const Clock& clock;
  ByteSize memory;            // its share of the process's budget
  bool virtual_time = false;  // no threads: appends complete before Append returns
  bool in_memory = false;
  std::string instance = {};  // what this process is called towards a cluster
  bool appends = true;        // some source of this process brings readings
  bool look = false;  // it is asked and read; nothing is made or written, declared streams may not be there
  std::function<void(const Status&)> waits = nullptr;  // hears what the opening waits for
};

struct LogKind {
  ComponentKind facts;
  std::function<Result<std::unique_ptr<Log>>(const ComponentSpec&, const LogContext&)> open;
  // Whether jobs whose position is not in the log go on and count what is missing as lost (`on_missing =
  // "skip"`).
  std::function<bool(const ComponentSpec&)> skips_missing;
  bool shared = false;  // several processes may work on it at once; it then needs no data directory
  // The share of a job in this process, which others know as `instance`. Empty: every partition, always.
  std::function<Result<std::unique_ptr<Assignment>>(const ComponentSpec&, const StreamSpec& stream,
                                                    const std::string& job, const std::string& instance)>
      join = nullptr;
};

}  // namespace sluice
