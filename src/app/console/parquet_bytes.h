// A table that came as an Arrow IPC stream, as a Parquet file (zstd). Pure; rejects what is no such stream.
#pragma once

#include <string>
#include <string_view>

#include "core/status.h"

namespace sluice {

Result<std::string> ParquetOfArrowStream(std::string_view stream);

}  // namespace sluice
