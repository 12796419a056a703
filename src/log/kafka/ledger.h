// Ledger: what the records of the control topic (`<prefix>sluice.origins`) add up to: the log's identity, its
// streams, who claimed which origin, how far each origin was taken. Partition 0 (`steps`) holds what was
// written inside transactions, together with readings; partition 1 (`claims`) what was written outside of
// them, so that no open transaction delays it. docs/decisions says why claims fence. Filled by ControlTopic,
// in the order of the topic; used by the appender's thread alone. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "log/embedded/origins.h"
#include "log/kafka/raises.h"

namespace sluice::kafka {

using embedded::OriginRecord;

inline constexpr int kStepsPartition = 0;
inline constexpr int kClaimsPartition = 1;

// Keys of the control topic: a kind, a slash, a name.
namespace control {
std::string LogKey(const std::string& id);
std::string StreamKey(const std::string& stream);
std::string TopicKey(const std::string& topic);
std::string RaisesKey(const std::string& topic, PartitionId partition);
std::string SessionKey(const std::string& writer);
std::string ClaimKey(const std::string& origin);
std::string OriginKey(const std::string& origin);
std::string GroupKey(const std::string& writer);
}  // namespace control

// Who holds an origin. `writer` is a transactional id: whoever claims the origin next fences it, and `older`
// ones, whose fencing nobody has reported done.
struct Claim {
  bool keyed = false;  // by an append with an idempotency key; its epoch is 0
  std::string writer;
  std::set<std::string> older;
  Offset epoch = 0;  // of the record that made the claim: no two claims have the same

  std::string Encode() const;
  static std::optional<Claim> Decode(std::string_view bytes);
};

// A writer's life: each process start has a `life` of its own, and begins sessions, each of which fences the
// one before.
struct Session {
  std::string life;
  Offset offset = 0;
};

class Ledger {
 public:
  // One record of the control topic; `value` unset: a tombstone. False: it is not one of ours.
  bool Add(int partition, Offset offset, std::string_view key, std::optional<std::string_view> value);

  const std::string& id() const { return id_; }
  const std::string* StreamBytes(const std::string& stream) const;
  // The id of the topic whose readings the positions are of; empty: none is known.
  std::string TopicIdOf(const std::string& topic) const;
  Raises RaisesOf(const std::string& topic, PartitionId partition) const;
  // How many records of those two kinds were added: the same number, the same answers.
  uint64_t place_records() const { return place_records_; }
  const Session* SessionOf(const std::string& writer) const;
  // The claim on the origin; an expired or released one is none.
  const Claim* ClaimOf(const std::string& origin) const;
  OriginRecord OriginOf(const std::string& origin, Timestamp now) const;
  // The number of the writer's last group that was committed; 0: none.
  uint64_t GroupOf(const std::string& writer) const;
  // Origins of the writer that expired before `now`, at most `count`.
  std::vector<std::string> Expired(const std::string& writer, Timestamp now, size_t count) const;

  // Forgets origins, of whomever, that had expired by then.
  void DropExpired(Timestamp before);
  void Drop(const std::string& origin) { origins_.erase(origin); }

  // A step of ours, known before it comes back through the topic.
  void PutOrigin(const std::string& origin, const OriginRecord& record) { origins_[origin] = record; }

 private:
  bool AddClaim(Offset offset, const std::string& origin, std::optional<std::string_view> value);
  bool AddRaises(const std::string& place, std::optional<std::string_view> value);

  std::string id_;
  std::map<std::string, std::string> streams_;
  std::map<std::string, std::string> topic_ids_;
  std::map<std::string, Raises> raises_;  // by topic/partition
  uint64_t place_records_ = 0;
  std::map<std::string, Session> sessions_;
  std::map<std::string, Claim> claims_;
  std::map<std::string, OriginRecord> origins_;
  std::map<std::string, uint64_t> groups_;
};

}  // namespace sluice::kafka
