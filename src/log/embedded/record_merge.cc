#include "log/embedded/record_merge.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "log/embedded/catalog.h"
#include "log/embedded/origins.h"
#include "log/embedded/small_files.h"
#include "log/embedded/wire.h"

namespace sluice::embedded {
namespace {

using Records = std::map<std::string, std::string>;

struct PartitionEnds {
  Position low = 0;
  Position next = 0;
};

std::optional<PartitionEnds> DecodeEndsRecord(std::string_view bytes) {
  WireReader in(bytes);
  const auto low = in.Get<Position>();
  const auto next = in.Get<Position>();
  return in.Done() ? std::optional(PartitionEnds{low, next}) : std::nullopt;
}

bool NewerStream(std::string_view one, std::string_view other) {
  const auto rank = [](std::string_view bytes) {
    const auto record = DecodeStream(bytes);
    return record ? std::tuple(static_cast<int64_t>(record->schema), record->spec.partitions,
                               record->spec.unknown == UnknownFields::keep)
                  : std::tuple(int64_t{-1}, 0, false);
  };
  return rank(one) > rank(other);
}

// An origin with an expiry may begin anew after it: then the later expiry tells.
bool NewerOrigin(std::string_view one, std::string_view other) {
  const auto rank = [](std::string_view bytes) {
    const auto record = DecodeOrigin(bytes);
    return record ? std::tuple(true, record->epoch, record->expires.value_or(kMaxTime), record->next)
                  : std::tuple(false, uint64_t{0}, kMaxTime, int64_t{0});
  };
  return rank(one) > rank(other);
}

bool Decodes(Kind kind, std::string_view key, std::string_view value) {
  switch (kind) {
    case Kind::stream:
      return key.size() == StreamKey(0).size() && DecodeStream(value);
    case Kind::schema:
      return ParseTwoNumbers(key) && DecodeSchema(value) != nullptr;
    case Kind::ends:
      return ParseTwoNumbers(key) && DecodeEndsRecord(value);
    case Kind::hole:
      return ParsePlaceKey(key) && DecodeHole(value);
    case Kind::origin:
      return DecodeOrigin(value).has_value();
    case Kind::segment:
    case Kind::expiry:
      return false;
  }
  return false;
}

std::string Newer(Kind kind, const std::string& known, std::string_view value) {
  if (kind == Kind::ends) {
    const auto one = *DecodeEndsRecord(known);
    const auto other = *DecodeEndsRecord(value);
    return EncodeEnds({.low = std::max(one.low, other.low), .next = std::max(one.next, other.next)});
  }
  const bool newer = (kind == Kind::stream && NewerStream(value, known)) ||
                     (kind == Kind::origin && NewerOrigin(value, known));
  return newer ? std::string(value) : known;
}

// The stream and partition that a schema, ends or hole record belongs to; schemas: partition 0.
std::pair<StreamId, uint32_t> OwnerOf(const std::string& key) {
  if (const auto two = ParseTwoNumbers(key)) {
    return {two->first, key[0] == static_cast<char>(Kind::ends) ? two->second : 0};
  }
  const auto place = ParsePlaceKey(key);
  return place ? std::pair(place->stream, static_cast<uint32_t>(place->partition)) : std::pair(0U, 0U);
}

bool Is(const std::string& key, Kind kind) { return key[0] == static_cast<char>(kind); }

}  // namespace

void RecordMerge::Add(std::string_view key, std::string_view value) {
  if (key == kIdentityKey && DecodeIdentityRecord(value).ok()) records_[std::string(key)] = value;
  if (key.empty() || !Decodes(static_cast<Kind>(key[0]), key, value)) return;
  const auto [known, fresh] = records_.try_emplace(std::string(key), value);
  if (!fresh) known->second = Newer(static_cast<Kind>(key[0]), known->second, value);
}

std::string RecordMerge::id() const {
  const auto found = records_.find(kIdentityKey);
  return found == records_.end() ? "" : *DecodeIdentityRecord(found->second);
}

Records RecordMerge::Take(const std::string& id) {
  Records all = std::move(records_);
  all[kIdentityKey] = EncodeIdentityRecord(id);
  std::map<StreamId, uint32_t> partitions;
  for (const auto& [key, value] : all) {
    if (!Is(key, Kind::ends) && !Is(key, Kind::hole)) continue;
    uint32_t& most = partitions[OwnerOf(key).first];
    most = std::max(most, OwnerOf(key).second + 1);
  }
  std::set<StreamId> streams;
  Records expiries;
  for (auto& [key, value] : all) {
    if (Is(key, Kind::stream)) {
      StreamRecord record = *DecodeStream(value);
      const StreamId stream = ParseTwoNumbers(key + std::string(4, '\0'))->first;
      streams.insert(stream);
      record.spec.partitions = std::max(record.spec.partitions, static_cast<int>(partitions[stream]));
      value = EncodeStream(record.spec, record.schema);
    }
    if (!Is(key, Kind::origin)) continue;
    const auto expires = DecodeOrigin(value)->expires;
    if (expires) expiries[ExpiryKey(*expires, key.substr(1))] = "";
  }
  std::erase_if(all, [&](const auto& record) {
    const bool owned =
        Is(record.first, Kind::schema) || Is(record.first, Kind::ends) || Is(record.first, Kind::hole);
    return owned && !streams.contains(OwnerOf(record.first).first);
  });
  all.merge(expiries);
  return all;
}

std::string EncodeIdentityRecord(const std::string& id) {
  WireWriter out;
  out.Put(static_cast<uint32_t>(kFormatVersion));
  out.PutText(id);
  return out.Take();
}

Result<std::string> DecodeIdentityRecord(std::string_view bytes) {
  WireReader in(bytes);
  const auto version = in.Get<uint32_t>();
  std::string id(in.GetText());
  if (in.Done() && version == kFormatVersion) return id;
  return Status::Reject(
      fmt::format("the log is of format version {}, this program reads version {}", version, kFormatVersion));
}

}  // namespace sluice::embedded
