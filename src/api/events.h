// Events: the text of server-sent events of readings, and the ids that say where a client stands. `next` is,
// for each partition, the first position not yet seen. Pure functions over values and untrusted ids.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/batch.h"
#include "core/schema.h"
#include "core/status.h"

namespace sluice::api {

std::string FormatEventId(const std::vector<Position>& next);
// A partition that the id leaves out was never seen: 0. Rejects what FormatEventId cannot have written.
Result<std::vector<Position>> ParseEventId(std::string_view id, int partitions);

// What a new client gets at once: how soon to come back, and the id to come back with.
std::string Greeting(const std::vector<Position>& next);
// `missing` positions of [from, to) are gone; -1 when nobody knows how many. `next` is already behind them.
std::string GapEvent(const std::vector<Position>& next, PartitionId partition, Position from, Position to,
                     int64_t missing);

// A piece of a slice: its events, and the position behind it.
struct EventChunk {
  std::string text;
  Position next = 0;
};
// The rows of a slice in pieces of about `chunk_bytes`; the last one ends at slice.next. `next` is where the
// readers stand. Readings stamped later than arrival + max_future are left out unless `include_future`.
std::vector<EventChunk> ReadingEvents(const StreamSpec& stream, const Slice& slice,
                                      std::vector<Position> next, bool include_future, size_t chunk_bytes);

}  // namespace sluice::api
