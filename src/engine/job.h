// Job: reads one stream from its own position and commits output and position together: claim → read → commit
// → repeat. A job's whole memory is its claim, so killing it at any instruction is safe. Stepped by one
// thread (engine/runner.h); the accessors may be called from any thread. Owned by the app. Failures of the
// sink become states ("waits for the store: …"), never crashes; a fatal one ends the process.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/schema.h"
#include "engine/seat_reader.h"
#include "engine/sink.h"
#include "engine/task.h"
#include "log/assignment.h"
#include "log/log.h"
#include "platform/mutex.h"

namespace sluice {

struct JobOptions {
  // A commit happens when one of these is reached, whichever is first; a job that is behind takes all it may.
  int64_t flush_rows = 122'880;
  int64_t flush_bytes = 32 << 20;
  Duration flush_every = std::chrono::seconds(1);
  // Whether what comes next is read while a commit is under way. Never in virtual time, which has one thread.
  bool read_ahead = false;
  // Also where a sink's position belongs to another log.
  OnMissing on_missing = OnMissing::stop;
  // Whether others take over when this process stops: then nothing is read any more to drain.
  bool hands_over = false;
  Duration retry_first = std::chrono::milliseconds(100);  // doubled at each further failure
  Duration retry_last = std::chrono::seconds(10);
};

// Where a job stands in one partition.
struct JobPosition {
  Position start = 0;
  Position next = 0;
  Terms terms;
};

class Job : public Task {
 public:
  // `stream`, `log` and `sink` outlive the job. Without an assignment it reads every partition.
  Job(std::string name, const StreamSpec& stream, Log& log, Sink& sink, JobOptions options,
      std::unique_ptr<Assignment> assignment = nullptr);

  // Claims what is assigned now; called once before the sources start, so that no position can be given
  // twice. A sink that is away is no failure (the steps go on trying); positions that do not fit the log are.
  Status ClaimAll();

  std::string Name() const override { return name_; }
  StepResult Step(Timestamp now) override;
  void Drain() override;
  bool Drained() const override;
  Status Health() const override;

  const StreamSpec& stream() const { return stream_; }
  // Whether the share is known and every seat of it is claimed.
  bool Claimed() const;
  // Committed positions, one for each claimed seat.
  std::map<Seat, JobPosition> Positions() const;

 private:
  struct Share {
    Seat seat;
    uint64_t epoch = 0;
    JobPosition position;
    std::string state;
    bool claimed = false;
  };

  Status Follow();
  std::vector<Seat> SeatsOf(const Assigned& assigned) const;
  void SetBeyond(const Assigned& assigned);
  Status ClaimShares();
  Status ClaimShare(Share& share);
  Status Reconcile(Share& share, const SeatState& state);
  Status Adopt(const Share& share);
  bool Holds(const Ends& ends, Position next) const;
  Result<Ends> EndsAt(Share& share, bool now);
  Result<int64_t> Backlog(bool now);
  bool Draining() const;
  Share& ShareOf(const Seat& seat);  // one that it has
  std::vector<ReadPoint> NextPoints(const std::vector<Span>& read) const;
  Result<std::vector<Span>> ReadSpans(int64_t backlog);
  StepResult CommitSpans(std::vector<Span> spans, Timestamp now);
  Result<CommitOutcome> CommitWithoutRefused(std::vector<Span>& spans);
  StepResult Failed(const Status& status, Timestamp now);
  StepResult Lost(const Status& status, Timestamp now);
  void Advance(const std::vector<Span>& spans);
  void SetHealth(Status health);
  void SetClaimed(bool claimed);

  const std::string name_;
  const StreamSpec& stream_;
  Log& log_;
  Sink& sink_;
  const JobOptions options_;

  // Only the stepping thread.
  const std::unique_ptr<Assignment> assignment_;
  int64_t generation_ = -1;           // of the assignment that `shares_` follow
  int partitions_ = 0;                // of the stream, likewise
  Timestamp leave_until_ = kMinTime;  // a seat was lost: nothing is claimed before, or the next generation
  std::vector<Share> shares_;
  size_t first_ = 0;  // the share that the next read begins with
  SeatReader reader_;
  std::optional<Timestamp> last_commit_;
  Duration retry_after_{};
  bool stopped_ =
      false;  // for good: a seat of a fixed assignment was lost, or its position does not fit the log

  mutable Mutex mutex_;
  bool claimed_ GUARDED_BY(mutex_) = false;
  std::map<Seat, JobPosition> positions_ GUARDED_BY(mutex_);
  Status health_ GUARDED_BY(mutex_);
  Status beyond_ GUARDED_BY(mutex_);  // what of the assignment is no partition that the stream declares
  bool draining_ GUARDED_BY(mutex_) = false;
  bool drained_ GUARDED_BY(mutex_) = false;
};

}  // namespace sluice
