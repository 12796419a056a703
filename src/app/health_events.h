// HealthEvents: an event whenever a component begins to wait, waits for something else, or is well again, so
// that the log tells what /readyz would have shown. Owned by `sluice run`; one thread.
#pragma once

#include <map>
#include <string>

#include "app/report.h"

namespace sluice {

class HealthEvents {
 public:
  void Tell(const Report& report);

 private:
  struct Seen {
    bool waited = false;  // at the last look; one that is over by the next is not worth an event
    std::string told;     // "": well
  };
  std::map<std::string, Seen> seen_;  // by component
};

}  // namespace sluice
