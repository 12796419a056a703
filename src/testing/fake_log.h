// FakeLog: a log in memory with one partition a stream, for tests of what stands before and behind a log. It
// keeps origins as log/log.h promises (already, conflict, lost, a repeat under way), and a test decides what
// becomes of appends: Hold keeps their completions back until Release or DropHeld (a crash), FailNext fails
// one, SetFull and RefuseClaims refuse. Thread-safe; completions run on the thread that appends or releases.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"
#include "platform/mutex.h"
#include "testing/streams.h"

namespace sluice {

class FakeLog : public Log {
 public:
  std::string Id() const override { return "fake-log"; }
  Status Declare(const StreamSpec& stream) override;
  Status Append(const std::string& stream, Batch batch, std::optional<OriginStep> step,
                Completion completion) override;
  Result<OriginState> Claim(const std::string& origin) override;
  Result<Slice> Read(const std::string& stream, PartitionId partition, Position from,
                     int64_t byte_budget) override;
  Result<Ends> EndsOf(const std::string& stream, PartitionId partition) override;
  Status Trim(const std::string&, PartitionId, Position) override { return {}; }
  Status RaiseTo(const std::string&, PartitionId, Position) override { return {}; }
  void Subscribe(Listener listener) override;
  Status Health() const override { return {}; }

  void Hold();                                             // appends are taken but not yet durable
  void Release();                                          // what was held becomes durable, in order
  void DropHeld();                                         // what was held is gone, unheard of: a crash
  size_t Held();                                           // appends that are held
  void FailNext(Status status);                            // the next append completes with `failed`
  void SetFull(bool full);                                 // Append answers retry
  void RefuseClaims(bool refuse);                          // Claim answers retry
  int64_t Count(const std::string& stream);                // entries that are durable
  std::vector<Batch> Appended(const std::string& stream);  // durable batches, in order
  std::map<std::string, OriginStep> Steps();               // the last durable step of each origin

 private:
  struct Stream {
    StreamSpec spec;
    std::vector<Batch> batches;
    Position next = 0;
  };
  // nothing: the step goes on where the origin stands; otherwise why it does not.
  std::optional<AppendOutcome> Judge(const OriginStep& step) REQUIRES(mutex_);
  AppendOutcome Apply(const std::string& stream, Batch batch, const std::optional<OriginStep>& step)
      REQUIRES(mutex_);

  Mutex mutex_;
  std::map<std::string, Stream> streams_ GUARDED_BY(mutex_);
  std::map<std::string, OriginStep> steps_ GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> epochs_ GUARDED_BY(mutex_);
  std::deque<std::function<void()>> held_ GUARDED_BY(mutex_);
  std::vector<Listener> listeners_ GUARDED_BY(mutex_);
  std::optional<Status> fail_next_ GUARDED_BY(mutex_);
  bool holding_ GUARDED_BY(mutex_) = false;
  bool full_ GUARDED_BY(mutex_) = false;
  bool refuses_claims_ GUARDED_BY(mutex_) = false;
};

}  // namespace sluice
