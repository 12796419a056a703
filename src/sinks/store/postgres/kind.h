// The PostgreSQL store as a kind: its options and how it is opened from them.
#pragma once

#include "sinks/store/kind.h"

namespace sluice {

StoreKind PostgresKind();

}  // namespace sluice
