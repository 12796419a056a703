// Dead letters offered again: decoded with the options of the source that brought them (changed meanwhile, or
// the stream's), appended under an origin of their own so that replaying twice stores once, then dropped.
#pragma once

#include <string_view>
#include <vector>

#include "app/pipeline.h"
#include "codecs/codec.h"

namespace sluice {

// How the bytes of a dead letter are read: as JSON, or as CSV, which is what lines of CSV and rows of Parquet
// are kept as, header first.
CodecKind CodecOfDead(std::string_view bytes);

// How many were stored and dropped. Rejects with the reason of the first that is still bad, is longer than
// what was kept of it, or is not there; those before it have been replayed.
Result<int64_t> ReplayDeadLetters(Pipeline& pipeline, const std::vector<int64_t>& ids);

}  // namespace sluice
