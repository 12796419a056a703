#include "log/embedded/catalog.h"

#include <functional>

#include <arrow/api.h>
#include <fmt/format.h>

#include "log/embedded/batch_format.h"
#include "log/embedded/scan.h"
#include "log/embedded/wire.h"

namespace sluice::embedded {
namespace {

Status Damaged(const std::string& what) { return Status::Reject("damaged record of the log: " + what); }

// Calls `visit(key, value)` for each record of the kind.
Status ForEach(Database& database, Kind kind,
               const std::function<bool(std::string_view, std::string_view)>& visit) {
  const std::string from(1, static_cast<char>(kind));
  const std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(rocksdb::ReadOptions(), database.meta()));
  for (it->Seek(from); it->Valid() && it->key()[0] == from[0]; it->Next()) {
    if (!visit(SliceView(it->key()), SliceView(it->value()))) return Damaged(fmt::format("kind {}", from));
  }
  return database.FromRead(it->status());
}

FieldType TypeOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      return FieldType::boolean;
    case arrow::Type::INT64:
      return FieldType::integer;
    case arrow::Type::DOUBLE:
      return FieldType::number;
    case arrow::Type::TIMESTAMP:
      return FieldType::timestamp;
    default:
      return FieldType::text;
  }
}

using ById = std::map<StreamId, StreamState*>;

Status LoadStreams(Database& database, Catalog& catalog, ById& by_id) {
  SLUICE_TRY(ForEach(database, Kind::stream, [&](std::string_view key, std::string_view value) {
    auto record = DecodeStream(value);
    if (!record || key.size() != 5) return false;
    auto state = std::make_unique<StreamState>();
    state->id = static_cast<StreamId>(ParseTwoNumbers(std::string(key) + std::string(4, '\0'))->first);
    state->partitions.resize(static_cast<size_t>(record->spec.partitions));
    state->spec = std::move(record->spec);
    state->schema = record->schema;
    by_id[state->id] = state.get();
    catalog[state->spec.name] = std::move(state);
    return true;
  }));
  return ForEach(database, Kind::schema, [&](std::string_view key, std::string_view value) {
    const auto ids = ParseTwoNumbers(key);
    const auto schema = DecodeSchema(value);
    if (!ids || !schema || !by_id.contains(ids->first)) return false;
    by_id[ids->first]->schemas[ids->second] = schema;
    return true;
  });
}

PartitionState* Find(ById& by_id, StreamId stream, int64_t partition) {
  const auto found = by_id.find(stream);
  if (found == by_id.end() || partition >= static_cast<int64_t>(found->second->partitions.size()))
    return nullptr;
  return &found->second->partitions[static_cast<size_t>(partition)];
}

Status LoadPartitions(Database& database, ById& by_id) {
  SLUICE_TRY(ForEach(database, Kind::ends, [&](std::string_view key, std::string_view value) {
    const auto ids = ParseTwoNumbers(key);
    PartitionState* partition = ids ? Find(by_id, ids->first, ids->second) : nullptr;
    if (!partition) return false;
    WireReader in(value);
    partition->low = in.Get<Position>();
    partition->next = in.Get<Position>();
    return in.Done();
  }));
  SLUICE_TRY(ForEach(database, Kind::hole, [&](std::string_view key, std::string_view value) {
    const auto place = ParsePlaceKey(key);
    PartitionState* partition = place ? Find(by_id, place->stream, place->partition) : nullptr;
    const auto hole = DecodeHole(value);
    if (!partition || !hole) return false;
    partition->holes[place->position] = *hole;
    return true;
  }));
  return ForEach(database, Kind::segment, [&](std::string_view key, std::string_view value) {
    const auto place = ParsePlaceKey(key);
    PartitionState* partition = place ? Find(by_id, place->stream, place->partition) : nullptr;
    const auto segment = place ? DecodeSegment(value, place->position) : std::nullopt;
    if (!partition || !segment) return false;
    partition->segments.push_back(*segment);
    return true;
  });
}

// The open segment is not stored: count what lies behind the last stored one.
Status CountOpenSegment(Database& database, StreamId stream, PartitionId id, PartitionState& partition) {
  const Position from = partition.segments.empty() ? partition.low : partition.segments.back().next;
  Segment open{.first = from, .next = from};
  SLUICE_TRY(ForEachHeader(database, stream, id, from, partition.next,
                           [&](const EntryPlace& place, const Result<BatchHeader>& header, size_t bytes) {
                             if (open.batches++ == 0) open.first = place.position;
                             open.bytes += static_cast<int64_t>(bytes);
                             if (!header.ok()) return Status();
                             if (open.batches == 1) open.oldest = header->arrival;
                             open.newest = std::max(open.newest, header->arrival);
                             open.next = header->next();
                             return Status();
                           }));
  if (open.batches > 0) partition.segments.push_back(open);
  return {};
}

}  // namespace

std::optional<StreamRecord> DecodeStream(std::string_view bytes) {
  WireReader in(bytes);
  StreamRecord record;
  record.schema = in.Get<uint32_t>();
  record.spec.name = in.GetText();
  record.spec.partitions = in.Get<int32_t>();
  const auto key = in.Get<int32_t>();
  if (key >= 0) record.spec.key = key;
  record.spec.time = in.Get<int32_t>();
  record.spec.unknown = static_cast<UnknownFields>(in.Get<uint8_t>());
  const auto fields = in.Get<uint32_t>();
  for (uint32_t i = 0; i < fields && in.ok(); ++i) {
    Field field{.name = std::string(in.GetText())};
    field.type = static_cast<FieldType>(in.Get<uint8_t>());
    field.required = in.Get<uint8_t>() != 0;
    record.spec.fields.push_back(field);
  }
  if (!in.Done() || record.spec.partitions < 1) return std::nullopt;
  return record;
}

std::shared_ptr<arrow::Schema> DecodeSchema(std::string_view bytes) {
  WireReader in(bytes);
  arrow::FieldVector fields;
  const auto count = in.Get<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    const std::string name(in.GetText());
    fields.push_back(arrow::field(name, ArrowType(static_cast<FieldType>(in.Get<uint8_t>()))));
  }
  return in.Done() ? arrow::schema(fields) : nullptr;
}

std::string EncodeStream(const StreamSpec& spec, uint32_t schema) {
  WireWriter out;
  out.Put(schema);
  out.PutText(spec.name);
  out.Put(static_cast<int32_t>(spec.partitions));
  out.Put(static_cast<int32_t>(spec.key.value_or(-1)));
  out.Put(static_cast<int32_t>(spec.time));
  out.Put(static_cast<uint8_t>(spec.unknown));
  out.Put(static_cast<uint32_t>(spec.fields.size()));
  for (const Field& field : spec.fields) {
    out.PutText(field.name);
    out.Put(static_cast<uint8_t>(field.type));
    out.Put(static_cast<uint8_t>(field.required));
  }
  return out.Take();
}

std::string EncodeSchema(const arrow::Schema& schema) {
  WireWriter out;
  out.Put(static_cast<uint32_t>(schema.num_fields()));
  for (const auto& field : schema.fields()) {
    out.PutText(field->name());
    out.Put(static_cast<uint8_t>(TypeOf(*field->type())));
  }
  return out.Take();
}

std::string EncodeEnds(const PartitionState& partition) {
  WireWriter out;
  out.Put(partition.low);
  out.Put(partition.next);
  return out.Take();
}

Result<Catalog> LoadCatalog(Database& database) {
  Catalog catalog;
  ById by_id;
  SLUICE_TRY(LoadStreams(database, catalog, by_id));
  SLUICE_TRY(LoadPartitions(database, by_id));
  for (auto& [id, stream] : by_id) {
    for (size_t i = 0; i < stream->partitions.size(); ++i) {
      SLUICE_TRY(CountOpenSegment(database, id, static_cast<PartitionId>(i), stream->partitions[i]));
    }
  }
  return catalog;
}

Status ForEachHeader(
    Database& database, StreamId stream, PartitionId partition, Position from, Position to,
    const std::function<Status(const EntryPlace&, const Result<BatchHeader>&, size_t bytes)>& visit) {
  return ScanBatches(database, stream, partition, from, to,
                     [&](const EntryPlace& place, const Result<std::string_view>& value) {
                       if (!value.ok()) return visit(place, value.status(), 0);
                       auto header = CheckBatch(*value);
                       if (header.ok() && (header->stream != stream || header->partition != partition ||
                                           header->first != place.position)) {
                         header = Status::Reject("damaged batch: it belongs elsewhere");
                       }
                       return visit(place, header, value->size());
                     });
}

Status MayWiden(const StreamSpec& known, const StreamSpec& declared) {
  const auto refuse = [&](const std::string& why) {
    return Status::Reject(fmt::format(
        "stream {}: {}; what is stored would be lost or read as something else. Put that back, or give the "
        "stream another name: what is stored stays under this one",
        known.name, why));
  };
  for (const Field& field : known.fields) {
    const int at = declared.FieldIndex(field.name);
    if (at < 0) return refuse(fmt::format("field {} is gone", field.name));
    const FieldType type = declared.fields[static_cast<size_t>(at)].type;
    if (type != field.type) {
      return refuse(fmt::format("field {} was {} and is now {}", field.name, FieldTypeName(field.type),
                                FieldTypeName(type)));
    }
  }
  const auto key_name = [](const StreamSpec& spec) {
    return spec.key ? spec.fields[static_cast<size_t>(*spec.key)].name : std::string("(none)");
  };
  if (key_name(known) != key_name(declared)) {
    return refuse(fmt::format("its key was {} and is now {}", key_name(known), key_name(declared)));
  }
  const auto time_name = [](const StreamSpec& spec) {
    return spec.fields[static_cast<size_t>(spec.time)].name;
  };
  if (time_name(known) != time_name(declared)) {
    return refuse(fmt::format("its time was {} and is now {}", time_name(known), time_name(declared)));
  }
  if (declared.partitions < known.partitions) {
    return refuse(fmt::format("it had {} partitions and now has {}", known.partitions, declared.partitions));
  }
  if (known.unknown == UnknownFields::keep && declared.unknown != UnknownFields::keep) {
    return refuse("it kept undeclared fields and no longer does");
  }
  return {};
}

}  // namespace sluice::embedded
