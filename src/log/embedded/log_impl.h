// EmbeddedLog: the parts of the embedded log put together. Nothing but embedded_log.cc includes it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "log/embedded/embedded_log.h"
#include "log/embedded/opening.h"
#include "log/embedded/reader.h"
#include "log/embedded/upkeep.h"
#include "log/embedded/works.h"

namespace sluice::embedded {

class EmbeddedLog : public Log {
 public:
  EmbeddedLog(EmbeddedLogOptions options, Opened opened);
  ~EmbeddedLog() override;

  std::string Id() const override { return opened_.id; }
  Status Declare(const StreamSpec& stream) override;
  Status Append(const std::string& stream, Batch batch, std::optional<OriginStep> step,
                Completion completion) override;
  Result<OriginState> Claim(const std::string& origin) override;
  Result<Slice> Read(const std::string& stream, PartitionId partition, Position from,
                     int64_t byte_budget) override;
  Result<Ends> EndsOf(const std::string& stream, PartitionId partition) override;
  Status Trim(const std::string& stream, PartitionId partition, Position below) override;
  Status RaiseTo(const std::string& stream, PartitionId partition, Position next) override;
  void Subscribe(Listener listener) override;
  Status Health() const override;

 private:
  // Gives up the damaged batches at `from`; false: there are none.
  Result<bool> PassDamage(const std::string& stream, const ReadView& view, Position from);
  // The same wherever there are any; reads everything.
  Status PassAllDamage();
  // ok when there is room for `bytes` more.
  Status Admit(int64_t bytes);
  Status Ask(FunctionWork::Function function);
  void AskRetention();
  Status Retain(Group& group);
  Status CommitGroup(Works& works);
  void FinishGroup(Works& works, const Status& outcome);
  void Notify(const std::set<std::string>& streams);

  const EmbeddedLogOptions options_;
  Opened opened_;
  Database& database_;
  State state_;
  Upkeep upkeep_;
  std::atomic<int64_t> under_way_{0};
  std::atomic<int64_t> refused_bytes_{0};  // of the last append, when it was refused because the log is full
  Mutex declare_mutex_;                    // one declaration at a time: the next must see the one before
  Mutex listeners_mutex_;
  std::vector<Listener> listeners_ GUARDED_BY(listeners_mutex_);
  Committer committer_;  // last: its thread ends before what it uses
};

}  // namespace sluice::embedded
