// StoreKind: how a kind of store joins the list in components.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/load.h"
#include "platform/clock.h"
#include "sinks/store/store.h"

namespace sluice {

struct StoreContext {
  std::string directory;  // of an embedded store's files
  StoreShape shape;
  const Clock& clock;
  ByteSize memory;  // its share of the process's budget
  bool in_memory = false;
  bool look = false;  // it is asked alone; nothing is made or written, tables may not be there
};

struct StoreKind {
  ComponentKind facts;
  std::function<Result<std::unique_ptr<Store>>(const ComponentSpec&, const StoreContext&)> open;
  bool shared = false;  // several processes may work on it at once; it then needs no data directory
};

}  // namespace sluice
