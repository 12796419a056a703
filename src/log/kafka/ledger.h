// Ledger: what the records of the control topic (`<prefix>sluice.origins`) add up to: the log's identity, its
// streams, who claimed which origin, how far each origin was taken. Partition 0 (`steps`) holds what was
// written inside transactions, together with readings; partition 1 (`claims`) what was written outside of
// them, so that no open transaction delays it. docs/decisions says why claims fence. Filled by ControlTopic,
// in the order of the topic; used by the appender's thread alone. Pure, but for idempotency keys, which it
// keeps in a KeyTable and of which a call can fail as the table does; it then changed nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/status.h"
#include "log/kafka/claim.h"
#include "log/kafka/key_table.h"
#include "log/kafka/raises.h"

namespace sluice::kafka {

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

// A writer's life: each process start has a `life` of its own, and begins sessions, each of which fences the
// one before.
struct Session {
  std::string life;
  Offset offset = 0;
};

class Ledger {
 public:
  explicit Ledger(KeyTable& keys) : keys_(keys) {}

  // One record of the control topic, read `now`; `value` unset: a tombstone. False: it is not one of ours.
  Result<bool> Add(int partition, Offset offset, std::string_view key, std::optional<std::string_view> value,
                   Timestamp now);

  const std::string& id() const { return id_; }
  const std::string* StreamBytes(const std::string& stream) const;
  // The id of the topic whose readings the positions are of; empty: none is known.
  std::string TopicIdOf(const std::string& topic) const;
  Raises RaisesOf(const std::string& topic, PartitionId partition) const;
  // How many records of those two kinds were added: the same number, the same answers.
  uint64_t place_records() const { return place_records_; }
  const Session* SessionOf(const std::string& writer) const;
  // An empty entry: nothing is known of the origin.
  Result<OriginEntry> Find(const std::string& origin) const;
  // The number of the writer's last group that was committed; 0: none.
  uint64_t GroupOf(const std::string& writer) const;

  // A step of ours, known before it comes back through the topic.
  Status PutStep(const std::string& origin, const OriginRecord& step);

 private:
  Result<bool> AddClaim(Offset offset, const std::string& origin, std::string_view value, Timestamp now);
  Result<bool> AddStep(const std::string& origin, std::string_view value, Timestamp now);
  Status Put(const std::string& origin, const OriginEntry& entry);
  bool AddRaises(const std::string& place, std::optional<std::string_view> value);

  KeyTable& keys_;
  std::string id_;
  std::map<std::string, std::string> streams_;
  std::map<std::string, std::string> topic_ids_;
  std::map<std::string, Raises> raises_;  // by topic/partition
  uint64_t place_records_ = 0;
  std::map<std::string, Session> sessions_;
  std::map<std::string, OriginEntry> origins_;  // but for keys
  std::map<std::string, uint64_t> groups_;
};

}  // namespace sluice::kafka
