// The log on this machine's disk, on RocksDB (docs/formats/log.md). Keeps the promises of log/log.h:
// appends are gathered while the last group is synced; positions are given by the one thread that commits.
// Owned by the app; thread-safe. A failed sync, a vanished file or a damaged database is `fatal`: the process
// ends and the next start recovers. A full disk is `retry` until there is room again.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "log/log.h"
#include "platform/clock.h"

namespace rocksdb {
class FileSystem;
}

namespace sluice {

struct EmbeddedLogOptions {
  std::string directory;
  int64_t max_bytes = int64_t{10} << 30;     // of stored batches
  Duration retain = std::chrono::hours(24);  // since arrival, for what every job has committed
  int64_t max_bytes_under_way = 64 << 20;    // taken and not yet durable
  int64_t memory_bytes = 64 << 20;           // RocksDB's: memtables and caches
  bool background = true;               // false: Append syncs and completes before it returns (virtual time)
  uint32_t boot = 0;                    // a number for this boot of the machine; 0: the machine's own
  const Clock* clock = &SystemClock();  // arrival times, retention; outlives the log
  std::shared_ptr<rocksdb::FileSystem> file_system;  // unset: the machine's
  // Hears of everything unusual that recovery found while the log opened, and of damage that a read met later
  // (then on the thread that reads): one sentence each.
  std::function<void(const std::string&)> report;
};

// Opens the log, or makes a new one in a directory that has none. Rejects a directory that another process
// uses, that was written by another version, or whose data is gone.
Result<std::unique_ptr<Log>> OpenEmbeddedLog(EmbeddedLogOptions options);

// A file system in memory for logs that need not outlive the process (pipeline tests).
std::shared_ptr<rocksdb::FileSystem> MemoryFileSystem();

}  // namespace sluice
