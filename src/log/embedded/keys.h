// Keys of the embedded log in RocksDB (docs/formats/log.md, "Keys"): fixed width, big-endian, so that byte
// order is order of stream, partition and position. Batches have a column family of their own; all else lies
// in the default one behind a letter. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <rocksdb/slice.h>

#include "core/batch.h"

namespace sluice::embedded {

using StreamId = uint32_t;

inline std::string_view SliceView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

inline constexpr char kIdentityKey[] = "F";

// A place in a partition, as keys hold it.
struct EntryPlace {
  StreamId stream = 0;
  PartitionId partition = 0;
  Position position = 0;
  auto operator<=>(const EntryPlace&) const = default;
};

// Of the column family `batches`.
std::string BatchKey(const EntryPlace& place);
std::optional<EntryPlace> ParseBatchKey(std::string_view key);

// Of the default column family.
enum class Kind : char {
  stream = 'S',
  schema = 'C',
  ends = 'E',
  hole = 'H',
  segment = 'G',
  origin = 'O',
  expiry = 'X'
};
std::string StreamKey(StreamId stream);
std::string SchemaKey(StreamId stream, uint32_t schema);
std::string EndsKey(StreamId stream, PartitionId partition);
std::string PlaceKey(Kind kind, const EntryPlace& place);  // hole, segment
std::string OriginKey(std::string_view origin);
std::string ExpiryKey(Timestamp at, std::string_view origin);

// The two numbers of a schema or ends key; the place of a hole or segment key; time and origin of an expiry
// key.
std::optional<std::pair<uint32_t, uint32_t>> ParseTwoNumbers(std::string_view key);
std::optional<EntryPlace> ParsePlaceKey(std::string_view key);
std::optional<std::pair<Timestamp, std::string>> ParseExpiryKey(std::string_view key);

}  // namespace sluice::embedded
