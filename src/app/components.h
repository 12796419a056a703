// Components: everything that this program can be made of. src/components.cc is the list.
#pragma once

#include <vector>

#include "config/load.h"
#include "engine/source.h"
#include "log/kind.h"
#include "sinks/store/kind.h"

namespace sluice {

struct Components {
  std::vector<SourceKind> sources;
  std::vector<LogKind> logs;      // the first is the default
  std::vector<StoreKind> stores;  // the first is the default
};

const Components& AllComponents();  // src/components.cc

// What the pipeline file may name.
ComponentKinds KindsOf(const Components& components);

}  // namespace sluice
