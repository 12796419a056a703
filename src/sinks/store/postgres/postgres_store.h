// The store on PostgreSQL, which any number of processes share (page docs/guarantees.md names the rules it
// keeps). A commit is one transaction; questions run on connections of their own. The server may be away at
// any time, also at the start: what needs it then is a retry, Health() says what is waited for, and tables
// are made when it answers first.
#pragma once

#include <memory>

#include "core/bytes.h"
#include "sinks/store/postgres/connection.h"
#include "sinks/store/store.h"

namespace sluice::pg {

struct PostgresStoreOptions {
  Target target;
  StoreShape shape;
  ByteSize memory = MiB(256);  // for the deltas of summaries
  bool by_key_index = false;
  size_t writers = 8;  // connections
  size_t readers = 4;
  bool look = false;  // taken as it is, to be asked alone; what has never run is a retry
};

// Makes the database fit the shape if it answers. Rejects what it cannot become, with what to do about it.
Result<std::unique_ptr<Store>> OpenPostgresStore(PostgresStoreOptions options);

}  // namespace sluice::pg
