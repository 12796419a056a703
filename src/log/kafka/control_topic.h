// ControlTopic: the log's own compacted topic, read into a Ledger and written outside of transactions (inside
// of them: writer.h). Owned by the Writer and used by its thread alone. Blocking; every failure is `retry`,
// except a topic of another shape.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/kafka/client.h"
#include "log/kafka/ledger.h"
#include "platform/clock.h"

namespace sluice::kafka {

struct ControlRecord {
  std::string key;
  std::optional<std::string> value;  // unset: a tombstone
};

class ControlTopic {
 public:
  // Makes the topic when it is not there and `create` is set. `keys` and `clock` outlive it.
  static Result<std::unique_ptr<ControlTopic>> Open(const Settings& cluster, const std::string& topic,
                                                    int replication, bool create, KeyTable& keys,
                                                    const Clock& clock);
  // Rejects a topic that is not there: no pipeline has run with it yet.
  static Status CheckThere(const Settings& cluster, const std::string& topic);
  ~ControlTopic();

  const std::string& name() const { return name_; }
  Ledger& ledger() { return ledger_; }

  // Durable on return; the offset of each.
  Result<std::vector<Offset>> Write(const std::vector<ControlRecord>& records);
  // Until everything is in the ledger that had been written when it was called, open transactions decided.
  Status CatchUp();
  // The same for the claims alone, which wait for no transaction.
  Status CatchUpClaims();
  // What has come by itself.
  Status Drain() { return Take(0); }
  // Claims below this offset are in the ledger.
  Offset ClaimsRead() const { return read_[kClaimsPartition]; }

 private:
  ControlTopic(std::string name, Handle consumer, Producer producer, KeyTable& keys, const Clock& clock);
  Status Start();
  Status Take(int timeout_ms);
  Status TakeOne(const rd_kafka_message_t& message);
  Status GoBack();
  Status ReadToEnd(int partition);
  Result<Offset> EndOf(int partition);

  const std::string name_;
  const Handle consumer_;
  const Producer producer_;
  const KafkaQueue queue_;
  Topic topic_;
  const Clock& clock_;
  Offset read_[2] = {0, 0};
  bool go_back_ = false;  // the ledger did not take what came last
  Ledger ledger_;
};

}  // namespace sluice::kafka
