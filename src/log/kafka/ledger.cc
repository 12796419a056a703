#include "log/kafka/ledger.h"

#include <algorithm>

#include <fmt/format.h>

#include "log/embedded/wire.h"

namespace sluice::kafka {

using embedded::WireReader;
using embedded::WireWriter;

namespace control {
std::string LogKey(const std::string& id) { return "log/" + id; }
std::string StreamKey(const std::string& stream) { return "stream/" + stream; }
std::string TopicKey(const std::string& topic) { return "topic/" + topic; }
std::string RaisesKey(const std::string& topic, PartitionId partition) {
  return fmt::format("raise/{}/{}", topic, partition);
}
std::string SessionKey(const std::string& writer) { return "session/" + writer; }
std::string ClaimKey(const std::string& origin) { return "claim/" + origin; }
std::string OriginKey(const std::string& origin) { return "origin/" + origin; }
std::string GroupKey(const std::string& writer) { return "group/" + writer; }
}  // namespace control

std::string Claim::Encode() const {
  WireWriter out;
  out.Put(static_cast<uint8_t>(keyed));
  out.Put(epoch);
  out.PutText(writer);
  out.Put(static_cast<uint32_t>(older.size()));
  for (const std::string& each : older) out.PutText(each);
  return out.Take();
}

std::optional<Claim> Claim::Decode(std::string_view bytes) {
  WireReader in(bytes);
  Claim claim;
  claim.keyed = in.Get<uint8_t>() != 0;
  claim.epoch = in.Get<Offset>();
  claim.writer = in.GetText();
  const auto count = in.Get<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) claim.older.emplace(in.GetText());
  if (!in.Done()) return std::nullopt;
  return claim;
}

bool Ledger::Add(int partition, Offset offset, std::string_view key, std::optional<std::string_view> value) {
  const size_t slash = key.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view kind = key.substr(0, slash);
  const std::string name(key.substr(slash + 1));
  if (partition == kStepsPartition) {
    // A tombstone is for the topic's size alone: an origin is forgotten when it expires.
    if (!value) return kind == "origin";
    if (kind == "origin") {
      const auto record = embedded::DecodeOrigin(*value);
      // Our own steps come back later than we know of them: an origin never goes back.
      if (record && record->next >= origins_[name].next) origins_[name] = *record;
      return record.has_value();
    }
    WireReader in(*value);
    const auto number = in.Get<uint64_t>();
    if (kind != "group" || !in.Done()) return false;
    groups_[name] = std::max(groups_[name], number);
    return true;
  }
  if (kind == "claim") return AddClaim(offset, name, value);
  if (kind == "raise") return AddRaises(name, value);
  if (!value) return false;
  // The first of several identities counts: they were written at the same time, and none knew of the other.
  if (kind == "log" && id_.empty()) id_ = name;
  if (kind == "stream") streams_[name] = *value;
  if (kind == "topic") {
    topic_ids_[name] = *value;
    ++place_records_;
  }
  if (kind == "session") sessions_[name] = {.life = std::string(*value), .offset = offset};
  return kind == "log" || kind == "stream" || kind == "topic" || kind == "session";
}

bool Ledger::AddClaim(Offset offset, const std::string& origin, std::optional<std::string_view> value) {
  // A tombstone follows the release of a claim and is for the topic's size alone: whatever was claimed in
  // between stands.
  if (!value) return true;
  auto claim = Claim::Decode(*value);
  if (!claim) return false;
  const auto known = claims_.find(origin);
  // A claim that reports its fencing done repeats its epoch; when a younger one came between, that one
  // stands.
  if (claim->epoch > 0 && known != claims_.end() && known->second.epoch > claim->epoch) return true;
  if (claim->writer.empty()) return claims_.erase(origin), true;  // released
  // Offsets begin at 0 and 0 is the epoch of what nobody claimed.
  if (claim->epoch == 0) claim->epoch = offset + 1;
  // Two who claim at the same time do not know of each other: the second must fence the first all the same.
  if (known != claims_.end() && known->second.epoch != claim->epoch &&
      known->second.writer != claim->writer) {
    claim->older.insert(known->second.writer);
    claim->older.insert(known->second.older.begin(), known->second.older.end());
    claim->older.erase(claim->writer);
  }
  claims_[origin] = *std::move(claim);
  return true;
}

bool Ledger::AddRaises(const std::string& place, std::optional<std::string_view> value) {
  const auto raises = value ? Raises::Decode(*value) : std::nullopt;
  if (raises) {
    raises_[place] = *raises;
    ++place_records_;
  }
  return raises.has_value();
}

std::string Ledger::TopicIdOf(const std::string& topic) const {
  const auto found = topic_ids_.find(topic);
  return found == topic_ids_.end() ? "" : found->second;
}

const std::string* Ledger::StreamBytes(const std::string& stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second;
}

Raises Ledger::RaisesOf(const std::string& topic, PartitionId partition) const {
  const auto found = raises_.find(fmt::format("{}/{}", topic, partition));
  return found == raises_.end() ? Raises() : found->second;
}

const Session* Ledger::SessionOf(const std::string& writer) const {
  const auto found = sessions_.find(writer);
  return found == sessions_.end() ? nullptr : &found->second;
}

const Claim* Ledger::ClaimOf(const std::string& origin) const {
  const auto found = claims_.find(origin);
  return found == claims_.end() ? nullptr : &found->second;
}

OriginRecord Ledger::OriginOf(const std::string& origin, Timestamp now) const {
  const auto found = origins_.find(origin);
  OriginRecord record =
      found == origins_.end() || found->second.ExpiredAt(now) ? OriginRecord() : found->second;
  const Claim* const claim = ClaimOf(origin);
  record.epoch = claim == nullptr || claim->keyed ? 0 : static_cast<uint64_t>(claim->epoch);
  return record;
}

uint64_t Ledger::GroupOf(const std::string& writer) const {
  const auto found = groups_.find(writer);
  return found == groups_.end() ? 0 : found->second;
}

void Ledger::DropExpired(Timestamp before) {
  std::erase_if(origins_, [&](const auto& origin) { return origin.second.ExpiredAt(before); });
}

std::vector<std::string> Ledger::Expired(const std::string& writer, Timestamp now, size_t count) const {
  std::vector<std::string> expired;
  for (const auto& [origin, record] : origins_) {
    if (expired.size() >= count) break;
    const Claim* const claim = ClaimOf(origin);
    if (record.ExpiredAt(now) && claim != nullptr && claim->writer == writer) expired.push_back(origin);
  }
  return expired;
}

}  // namespace sluice::kafka
