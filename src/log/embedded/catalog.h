// What the log knows of its streams and partitions, and their records in RocksDB. Written by the committer
// alone, under EmbeddedLog's mutex; loaded when the log opens.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "core/schema.h"
#include "log/embedded/database.h"
#include "log/embedded/holes.h"
#include "log/embedded/keys.h"
#include "log/embedded/segments.h"

namespace sluice::embedded {

struct PartitionState {
  Position low = 0;
  Position next = 0;     // durable: what lies below can be read
  Position trimmed = 0;  // every job has committed what lies below; told anew after each start
  Holes holes;
  std::deque<Segment> segments;  // the last one is still open
};

struct StreamState {
  StreamId id = 0;
  StreamSpec spec;
  uint32_t schema = 0;  // id of the newest
  std::map<uint32_t, std::shared_ptr<arrow::Schema>> schemas;
  std::vector<PartitionState> partitions;
};

using Catalog = std::map<std::string, std::unique_ptr<StreamState>>;

struct StreamRecord {
  StreamSpec spec;
  uint32_t schema = 0;
};

std::string EncodeStream(const StreamSpec& spec, uint32_t schema);
std::optional<StreamRecord> DecodeStream(std::string_view bytes);
std::string EncodeSchema(const arrow::Schema& schema);
std::shared_ptr<arrow::Schema> DecodeSchema(std::string_view bytes);  // null: damaged
std::string EncodeEnds(const PartitionState& partition);

// Everything in the default column family, and the open segments counted anew. Reject: a record is damaged.
Result<Catalog> LoadCatalog(Database& database);
// The batches of a partition that begin in [from, to), in order: their header, or the reject of a damaged
// one.
Status ForEachHeader(
    Database& database, StreamId stream, PartitionId partition, Position from, Position to,
    const std::function<Status(const EntryPlace&, const Result<struct BatchHeader>&, size_t bytes)>& visit);

// Whether `declared` may take the place of `known`: ok, or a reject that says what would be lost or
// reinterpreted.
Status MayWiden(const StreamSpec& known, const StreamSpec& declared);

}  // namespace sluice::embedded
