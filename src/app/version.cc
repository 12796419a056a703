#include "app/version.h"

#include <arrow/config.h>
#include <duckdb.h>
#include <fmt/format.h>
#include <rocksdb/version.h>

#ifndef SLUICE_VERSION
#define SLUICE_VERSION "0"
#endif
#ifndef SLUICE_COMMIT
#define SLUICE_COMMIT "unknown"
#endif

namespace sluice {

std::string VersionLine() { return fmt::format("{} (commit {})", SLUICE_VERSION, SLUICE_COMMIT); }

std::string VersionText() {
  return fmt::format("sluice {}\nArrow {}, DuckDB {}, RocksDB {}.{}.{}", VersionLine(),
                     arrow::GetBuildInfo().version_string, duckdb_library_version(), ROCKSDB_MAJOR,
                     ROCKSDB_MINOR, ROCKSDB_PATCH);
}

}  // namespace sluice
