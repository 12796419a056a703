// The kafka source as a kind: its options and how it is made from them.
#pragma once

#include "engine/source.h"

namespace sluice {

SourceKind KafkaSourceKind();

}  // namespace sluice
