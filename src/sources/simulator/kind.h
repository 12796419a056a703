// The simulator as a kind of source: its options and how it is made from them.
#pragma once

#include "engine/source.h"

namespace sluice {

SourceKind SimulatorKind();

}  // namespace sluice
