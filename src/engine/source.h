// Source: brings readings into one stream and acknowledges its sender when the log has them.
// A source is a Task; one that is driven from outside (http) has nothing to do in Step.
#pragma once

#include "engine/task.h"

namespace sluice {

class Source : public Task {
 public:
  // True when a bounded input (a file without follow, a simulator with count) is wholly durable.
  virtual bool Finished() const = 0;
};

}  // namespace sluice
