// The http source as a line of components.cc: its options in the pipeline file, and how it is made from them.
#pragma once

#include "engine/source.h"

namespace sluice {

SourceKind HttpKind();

}  // namespace sluice
