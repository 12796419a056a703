// Writer: what this process writes to Kafka, and in whose name. It owns the control topic and the session,
// claims origins (fencing older holders) and commits groups of appends, each in one transaction with its
// origin steps. docs/decisions says why this is exact with any number of processes. Owned by the Appender and
// used by its thread alone; calls block for seconds at most.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/kafka/append_work.h"
#include "log/kafka/control_topic.h"
#include "log/kafka/kafka_log.h"
#include "log/kafka/transactions.h"

namespace sluice::kafka {

class Writer {
 public:
  explicit Writer(const KafkaLogOptions& options);

  // The control topic is read. Takes nothing from anybody: a process that only reads is content with this.
  Status Open();
  // A session is open, so that there may be claims and groups; whoever had our name is fenced. retry: not
  // yet. lost: a younger process has our name. Finds out what became of a group whose commit was cut off.
  Status OpenSession();
  bool HasSession() const { return session_ != nullptr; }
  bool WasOpen() const { return was_open_; }
  // After OpenSession: whether the group that Commit left undecided was committed. Nothing: there was none.
  std::optional<bool> SettledGroup();

  // What can be asked once the control topic was read.
  ControlTopic& control() { return *control_; }

  // Opens a session when there is none.
  Result<OriginState> Claim(const std::string& origin);

  enum class Fate {
    done,       // each work has its outcome; `failed` with an ok status: not written, to be tried again
    undecided,  // the session is over: OpenSession, then SettledGroup says whether all of it was committed
  };
  // `why`: what went wrong with works that are to be tried again.
  Fate Commit(AppendWorks& works, Status& why);
  // The group that was undecided is committed.
  void Confirm(AppendWorks& works);
  // Forgets idempotency keys that expired, a few at a time, when it is time to.
  Status Forget();

 private:
  Status Superseded() const;
  Status FenceOlder(const std::string& origin);
  Status TombstoneExpired(const std::vector<ExpiredKey>& expired);
  Status ClaimKeys(AppendWorks& works);
  Result<bool> Decide(AppendWork& work);
  Status DecideAll(AppendWorks& works, bool& any);
  Status Produce(AppendWorks& works);
  Status ProduceWork(AppendWork& work);
  Status ProduceSteps();
  void FinishPlain(AppendWorks& works, Status& why);
  void Lose(AppendWorks& works);

  const KafkaLogOptions& options_;
  const std::string name_;  // transactional id
  const std::string life_;
  KeyTable keys_;
  std::unique_ptr<ControlTopic> control_;
  std::unique_ptr<Transactions> session_;
  bool was_open_ = false;
  Timestamp forget_next_ = kMinTime;
  std::map<std::string, Offset> fenced_;  // writers, and how far claims were read when they were fenced

  // Of the transaction under way.
  std::map<std::string, OriginRecord> steps_;
  std::vector<std::pair<std::string, std::string>> step_records_;  // keys and values, as they are written
  uint64_t group_ = 0;
  bool undecided_ = false;
  // The ledger may lack what was written before: a claim of ours is no proof that it was looked for.
  bool behind_ = false;
};

}  // namespace sluice::kafka
