// Dead letters offered again: decoded with the options of the source that brought them (changed meanwhile, or
// the stream's), appended under an origin of their own so that replaying twice stores once, then dropped.
#pragma once

#include <string_view>
#include <vector>

#include "api/api.h"
#include "app/pipeline.h"
#include "codecs/codec.h"

namespace sluice {

// How the bytes of a dead letter are read: as JSON, or as CSV, which is what lines of CSV and rows of Parquet
// are kept as, header first.
CodecKind CodecOfDead(std::string_view bytes);

// Those stored are dropped; one that is still bad takes no neighbour along. Rejects when one is not there,
// before anything is done; retry: the log or the store cannot take the rest now.
Result<ReplayedDead> ReplayDeadLetters(Pipeline& pipeline, const std::vector<int64_t>& ids);

}  // namespace sluice
