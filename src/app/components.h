// Components: everything that this program can be made of. src/components.cc is the list.
#pragma once

#include <vector>

#include "app/roles.h"
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

// The kinds that a loaded pipeline names.
const SourceKind& SourceKindOf(const ComponentSpec& source, const Components& components);
const LogKind& LogKindOf(const PipelineSpec& spec, const Components& components);
const StoreKind& StoreKindOf(const PipelineSpec& spec, const Components& components);
SharedParts SharedPartsOf(const PipelineSpec& spec, const Components& components);

// What the pipeline file may name.
ComponentKinds KindsOf(const Components& components);

}  // namespace sluice
