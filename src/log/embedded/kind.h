// The embedded log as a kind: its options and how it is opened from them.
#pragma once

#include "log/kind.h"

namespace sluice {

LogKind EmbeddedLogKind();

}  // namespace sluice
