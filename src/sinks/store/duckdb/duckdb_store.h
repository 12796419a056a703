// The store on DuckDB: one file (or memory), one writer connection, a few readers (page docs/guarantees.md
// names the rules it keeps). A commit is one transaction; answers are materialised and their transaction
// closed before they are returned, so that no reader holds up a checkpoint for longer than its own query.
// DuckDB handles its own files: they cannot be routed through platform/files.h.
#pragma once

#include <memory>
#include <string>

#include "core/bytes.h"
#include "platform/clock.h"
#include "sinks/store/store.h"

namespace sluice {

struct DuckDbStoreOptions {
  std::string file;        // "…/store.duckdb"; its directory exists and is locked by the caller
  bool in_memory = false;  // then `file` is not used
  StoreShape shape;
  ByteSize memory = MiB(256);  // DuckDB's own limit; what does not fit goes to `file`.tmp
  int threads = 2;
  // The file is opened for reading and taken as it is: to be asked alone. Retry: nothing has been stored yet.
  bool look = false;
  const Clock* clock = &SystemClock();
  // A checkpoint is due when the write-ahead log has grown this long, or is this old and not empty.
  ByteSize checkpoint_bytes = MiB(64);
  Duration checkpoint_every = std::chrono::minutes(10);
};

// Opens or creates the file and makes it fit the shape. Rejects what the file cannot become (with what to do
// about it), another table format, a file that is open already, and a library whose SQL sandbox leaks.
Result<std::unique_ptr<Store>> OpenDuckDbStore(DuckDbStoreOptions options);

}  // namespace sluice
