#include "log/kafka/ledger.h"

#include <algorithm>

#include <fmt/format.h>

#include "log/embedded/wire.h"

namespace sluice::kafka {

using embedded::WireReader;

namespace {
// A key that was claimed and never used: its append failed, and its client did not come back.
constexpr Duration kUnusedKeyLife = std::chrono::hours(24);
constexpr Duration kClocksApart = std::chrono::hours(1);
}  // namespace

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

Result<bool> Ledger::Add(int partition, Offset offset, std::string_view key,
                         std::optional<std::string_view> value, Timestamp now) {
  const size_t slash = key.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view kind = key.substr(0, slash);
  const std::string name(key.substr(slash + 1));
  if (partition == kStepsPartition) {
    // A tombstone is for the topic's size alone: a key is forgotten when it expires.
    if (!value) return kind == "origin";
    if (kind == "origin") return AddStep(name, *value, now);
    WireReader in(*value);
    const auto number = in.Get<uint64_t>();
    if (kind != "group" || !in.Done()) return false;
    groups_[name] = std::max(groups_[name], number);
    return true;
  }
  // A tombstone follows the release of a claim and is for the topic's size alone: whatever was claimed in
  // between stands.
  if (kind == "claim") return value ? AddClaim(offset, name, *value, now) : true;
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

Result<bool> Ledger::AddStep(const std::string& origin, std::string_view value, Timestamp now) {
  const auto step = embedded::DecodeOrigin(value);
  if (!step) return false;
  // A topic that was not compacted yet may hold more of the old than of the rest.
  if (step->ExpiredAt(now - kClocksApart)) return true;
  SLUICE_TRY(PutStep(origin, *step));
  return true;
}

// Our own steps come back later than we know of them: nothing is to be done then, and an origin never goes
// back.
Status Ledger::PutStep(const std::string& origin, const OriginRecord& step) {
  SLUICE_ASSIGN(OriginEntry entry, Find(origin));
  if (entry.step && (step.next < entry.step->next || step == *entry.step)) return {};
  entry.step = step;
  if (step.expires) entry.forget = *step.expires;
  return Put(origin, entry);
}

Result<bool> Ledger::AddClaim(Offset offset, const std::string& origin, std::string_view value,
                              Timestamp now) {
  auto claim = Claim::Decode(value);
  if (!claim) return false;
  SLUICE_ASSIGN(OriginEntry entry, Find(origin));
  const std::optional<Claim> known = std::move(entry.claim);
  // A claim that reports its fencing done repeats its epoch; when a younger one came between, that one
  // stands.
  if (claim->epoch > 0 && known && known->epoch > claim->epoch) return true;
  // Offsets begin at 0 and 0 is the epoch of what nobody claimed.
  if (claim->epoch == 0) claim->epoch = offset + 1;
  // Two who claim at the same time do not know of each other: the second must fence the first all the same.
  if (known && known->epoch != claim->epoch && known->writer != claim->writer) {
    claim->older.insert(known->writer);
    claim->older.insert(known->older.begin(), known->older.end());
    claim->older.erase(claim->writer);
  }
  const bool released = claim->writer.empty();
  entry.claim = released ? std::nullopt : std::move(claim);
  if (entry.IsKey() && !entry.step) entry.forget = now + kUnusedKeyLife;
  SLUICE_TRY(Put(origin, entry));
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

Result<OriginEntry> Ledger::Find(const std::string& origin) const {
  const auto found = origins_.find(origin);
  return found == origins_.end() ? keys_.Find(origin) : found->second;
}

Status Ledger::Put(const std::string& origin, const OriginEntry& entry) {
  if (!entry.IsKey()) {
    if (!origins_.contains(origin)) SLUICE_TRY(keys_.Put(origin, {}));
    origins_[origin] = entry;
    if (entry.Empty()) origins_.erase(origin);
    return {};
  }
  SLUICE_TRY(keys_.Put(origin, entry));
  origins_.erase(origin);
  return {};
}

uint64_t Ledger::GroupOf(const std::string& writer) const {
  const auto found = groups_.find(writer);
  return found == groups_.end() ? 0 : found->second;
}

}  // namespace sluice::kafka
