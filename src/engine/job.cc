#include "engine/job.h"

#include <algorithm>

#include <arrow/api.h>
#include <fmt/format.h>

#include "engine/span.h"

namespace sluice {
namespace {

// How often one step brings a commit back without the rows refused. A sink names all it can each time, so
// that more means that something else is wrong (rule D5).
constexpr int kMostRejections = 8;
// How long a job that lost a seat leaves it to the other: long enough to hear that it was given away, or for
// a claim that came late, of somebody who has let go of it since.
constexpr auto kLeaveFor = std::chrono::seconds(5);

}  // namespace

Job::Job(std::string name, const StreamSpec& stream, Log& log, Sink& sink, JobOptions options,
         std::unique_ptr<Assignment> assignment)
    : name_(std::move(name)),
      stream_(stream),
      log_(log),
      sink_(sink),
      options_(options),
      assignment_(assignment ? std::move(assignment) : std::make_unique<EveryPartition>(stream.partitions)),
      reader_(log, stream, {.rows = options.flush_rows, .bytes = options.flush_bytes}, options.on_missing) {}

Status Job::ClaimAll() {
  Status claimed = Follow();
  if (claimed.ok()) claimed = ClaimShares();
  if (claimed.code() == Code::retry) {
    SetHealth(claimed);
    return {};
  }
  return claimed.ok() ? claimed : claimed.In(name_);
}

// Takes up what was assigned since the last time and lets go of what was not; a share kept stays as it is.
Status Job::Follow() {
  SLUICE_ASSIGN(const Assigned assigned, assignment_->Now());
  const int partitions = log_.PartitionsOf(stream_);
  if (assigned.generation == generation_ && partitions == partitions_) return {};
  generation_ = assigned.generation;
  partitions_ = partitions;
  leave_until_ = kMinTime;
  SetClaimed(false);
  SetBeyond(assigned);
  std::vector<Share> shares;
  for (Seat& seat : SeatsOf(assigned)) {
    const auto kept =
        std::find_if(shares_.begin(), shares_.end(), [&](const Share& share) { return share.seat == seat; });
    shares.push_back(kept != shares_.end() ? std::move(*kept) : Share{.seat = std::move(seat)});
  }
  shares_ = std::move(shares);
  first_ = 0;
  const MutexLock lock(mutex_);
  std::erase_if(positions_, [&](const auto& position) {
    return std::none_of(shares_.begin(), shares_.end(),
                        [&](const Share& share) { return share.seat == position.first; });
  });
  return {};
}

// Who reads the first partition also reads the dead entries that lie apart.
std::vector<Seat> Job::SeatsOf(const Assigned& assigned) const {
  std::vector<Seat> seats;
  for (const PartitionId partition : assigned.partitions) {
    if (partition >= partitions_) continue;
    seats.push_back({.job = name_, .stream = stream_.name, .partition = partition});
    if (const auto dead = log_.DeadStream(stream_.name); dead && partition == 0) {
      seats.push_back({.job = name_, .stream = *dead, .partition = 0});
    }
  }
  return seats;
}

// Partitions that somebody added beneath the stream: told, while the others go on.
void Job::SetBeyond(const Assigned& assigned) {
  const bool any = !assigned.partitions.empty() && assigned.partitions.back() >= partitions_;
  const MutexLock lock(mutex_);
  beyond_ = {};
  if (!any) return;
  beyond_ = Status::Retry(fmt::format(
      "partition {} is more than the {} that stream '{}' had at the start: somebody added partitions, and "
      "what is in them waits. Start all processes again to take them up",
      assigned.partitions.back(), partitions_, stream_.name));
}

// A claim may take long; one that was given away meanwhile must not be taken from who has it now.
Status Job::ClaimShares() {
  for (Share& share : shares_) {
    if (share.claimed) continue;
    SLUICE_ASSIGN(const Assigned assigned, assignment_->Now());
    if (assigned.generation != generation_) return Status::Retry("its share of the stream changes");
    SLUICE_TRY(ClaimShare(share));
  }
  SetClaimed(true);
  return {};
}

Status Job::ClaimShare(Share& share) {
  reader_.Forget();
  SLUICE_ASSIGN(const Ends ends, log_.EndsOf(share.seat.stream, share.seat.partition));
  SLUICE_ASSIGN(const SeatState state, sink_.Claim(share.seat, log_.Id(), ends.low));
  SLUICE_TRY(Reconcile(share, state));
  share.epoch = state.epoch;
  share.position = {.start = state.start, .next = state.next, .terms = state.terms};
  share.state = state.state;
  if (state.log_id != log_.Id()) SLUICE_TRY(Adopt(share));
  share.claimed = true;
  const MutexLock lock(mutex_);
  positions_[share.seat] = share.position;
  return {};
}

// The sink's position must lie in this log's history; what does not is never skipped in silence.
Status Job::Reconcile(Share& share, const SeatState& state) {
  if (state.log_id != log_.Id() && options_.on_missing == OnMissing::stop) {
    return Status::Reject(fmt::format(
        "the position of stream '{}' belongs to log {}, but this is log {}. Was the log's directory deleted "
        "or "
        "replaced? Bring it back in the place of the new one, or set on_missing = \"skip\" under [log] to go "
        "on "
        "with this one",
        stream_.name, state.log_id, log_.Id()));
  }
  // What the sink has seen is never given again.
  SLUICE_TRY(log_.RaiseTo(share.seat.stream, share.seat.partition, state.next));
  SLUICE_ASSIGN(const Ends ends, log_.EndsOf(share.seat.stream, share.seat.partition));
  if (state.next < ends.low && options_.on_missing == OnMissing::stop) {
    return Status::Reject(
        fmt::format("readings {} to {} of stream '{}' are gone from the log before they were stored. Set "
                    "on_missing = \"skip\" "
                    "under [log] to count them as lost and go on",
                    state.next, ends.low - 1, stream_.name));
  }
  return {};
}

// Whether the log can go on giving readings from this position. What was deleted below it is decided by
// Reconcile.
bool Job::Holds(const Ends& ends, Position next) const {
  return next <= ends.high && (next >= ends.low || options_.on_missing == OnMissing::skip);
}

// Of the log at our position. A topic may be deleted or truncated beneath a running job: then claiming again
// decides what becomes of it.
Result<Ends> Job::EndsAt(Share& share, bool now) {
  const auto& [job, stream, partition] = share.seat;
  SLUICE_ASSIGN(Ends ends, now ? log_.EndsNow(stream, partition) : log_.EndsOf(stream, partition));
  if (Holds(ends, share.position.next)) return ends;
  SLUICE_ASSIGN(ends, log_.EndsNow(stream, partition));
  if (Holds(ends, share.position.next)) return ends;
  share.claimed = false;
  SLUICE_TRY(ClaimShare(share));
  return log_.EndsNow(stream, partition);
}

// The decision to go on with another log is kept with the position, also when no reading follows.
Status Job::Adopt(const Share& share) {
  const Span span{.seat = share.seat,
                  .epoch = share.epoch,
                  .from = share.position.next,
                  .next = share.position.next,
                  .rows = *arrow::RecordBatch::MakeEmpty(stream_.TableSchema()),
                  .state = share.state,
                  .log_id = log_.Id()};
  const CommitOutcome outcome = sink_.Commit({&span, 1});
  switch (outcome.kind) {
    case CommitOutcome::done:
      return {};
    case CommitOutcome::fatal:
      return Status::Fatal(outcome.status.message());
    default:
      return Status::Retry(outcome.status.message());
  }
}

// `now`: nothing that was accepted before this call is missing.
Result<int64_t> Job::Backlog(bool now) {
  int64_t backlog = 0;
  for (Share& share : shares_) {
    SLUICE_ASSIGN(const Ends ends, EndsAt(share, now));
    backlog += ends.high - share.position.next;
  }
  return backlog;
}

StepResult Job::Step(Timestamp now) {
  if (stopped_) return {};
  if (options_.hands_over && Draining()) {
    const MutexLock lock(mutex_);
    drained_ = true;  // nothing is held between commits
    return {};
  }
  if (const Status followed = Follow(); !followed.ok()) return Failed(followed, now);
  if (now < leave_until_) return {.again = std::min(leave_until_, now + options_.flush_every)};
  if (const Status claimed = ClaimShares(); !claimed.ok()) return Failed(claimed, now);
  const bool draining = Draining();
  Result<int64_t> backlog = Backlog(false);
  if (backlog.ok() && *backlog == 0 && draining) backlog = Backlog(true);
  if (!backlog.ok()) return Failed(backlog.status(), now);
  if (*backlog == 0) {
    SetHealth({});
    const MutexLock lock(mutex_);
    drained_ = draining;
    return {.again = assignment_->Fixed() ? kMaxTime : now + options_.flush_every};
  }
  const Timestamp due = last_commit_.value_or(kMinTime) + options_.flush_every;
  if (*backlog < options_.flush_rows && now < due && !draining) return {.again = due};

  Result<std::vector<Span>> spans = ReadSpans(*backlog);
  if (!spans.ok()) return Failed(spans.status(), now);
  const StepResult result = CommitSpans(*std::move(spans), now);
  reader_.Await();
  return result;
}

Job::Share& Job::ShareOf(const Seat& seat) {
  return *std::find_if(shares_.begin(), shares_.end(),
                       [&](const Share& share) { return share.seat == seat; });
}

// Where reading goes on when `read` is committed. Each time another share is first, so that a busy partition
// does not hold up the others.
std::vector<ReadPoint> Job::NextPoints(const std::vector<Span>& read) const {
  std::vector<ReadPoint> points;
  for (size_t i = 0; i < shares_.size(); ++i) {
    const Share& share = shares_[(first_ + i) % shares_.size()];
    points.push_back({.seat = share.seat, .next = share.position.next});
    for (const Span& span : read) {
      if (span.seat == share.seat) points.back().next = span.next;
    }
  }
  return points;
}

// A job that is behind, and whose commits succeed, has the next one read meanwhile.
Result<std::vector<Span>> Job::ReadSpans(int64_t backlog) {
  SLUICE_ASSIGN(std::vector<SeatSlice> read, reader_.Read(NextPoints({})));
  first_ = (first_ + 1) % shares_.size();
  std::vector<Span> spans;
  for (SeatSlice& part : read) {
    const Share& share = ShareOf(part.seat);
    backlog -= part.slice.next - part.slice.first;
    spans.push_back(ToSpan(share.seat, share.epoch, std::move(part.slice), share.state));
  }
  const bool well = retry_after_ == Duration();
  if (options_.read_ahead && well && backlog >= options_.flush_rows) reader_.ReadAhead(NextPoints(spans));
  return spans;
}

StepResult Job::CommitSpans(std::vector<Span> spans, Timestamp now) {
  if (spans.empty()) return {.again = now + options_.flush_every};
  const Result<CommitOutcome> outcome = CommitWithoutRefused(spans);
  if (!outcome.ok()) return Failed(outcome.status(), now);
  switch (outcome->kind) {
    case CommitOutcome::done:
      break;
    case CommitOutcome::lost:
      return Lost(outcome->status, now);
    case CommitOutcome::fatal:
      return Failed(Status::Fatal(outcome->status.message()), now);
    case CommitOutcome::retry:
      return Failed(Status::Retry(outcome->status.message()), now);
    case CommitOutcome::reject:
      return Failed(Status::Retry("it goes on refusing readings: " + outcome->status.message()), now);
  }
  Advance(spans);
  last_commit_ = now;
  retry_after_ = {};
  SetHealth({});
  return {.again = now, .progress = true};
}

// Rows refused become dead entries of their spans. A sink that refuses what it was not given any more, or
// ever more, is left for the next step.
Result<CommitOutcome> Job::CommitWithoutRefused(std::vector<Span>& spans) {
  CommitOutcome outcome = sink_.Commit(spans);
  for (int round = 0; outcome.kind == CommitOutcome::reject && round < kMostRejections; ++round) {
    int64_t moved = 0;
    for (Span& span : spans) {
      const int64_t before = span.terms.stored;
      SLUICE_ASSIGN(span, RejectRows(stream_, std::move(span), outcome.rejected, outcome.status.message()));
      moved += before - span.terms.stored;
    }
    if (moved == 0) break;
    outcome = sink_.Commit(spans);
  }
  return outcome;
}

void Job::Advance(const std::vector<Span>& spans) {
  std::map<PartitionId, Position> committed;
  {
    const MutexLock lock(mutex_);
    for (const Span& span : spans) {
      Share& share = ShareOf(span.seat);
      share.position.next = span.next;
      share.position.terms += span.terms;
      share.state = span.state;
      positions_[span.seat] = share.position;
      if (span.seat.stream == stream_.name) committed[span.seat.partition] = span.next;
    }
  }
  assignment_->Committed(committed);
}

// Another process holds a seat of ours. Where shares move it was probably given that share, and this one is
// about to hear of it: claiming at once, the two would take the seat from each other.
StepResult Job::Lost(const Status& status, Timestamp now) {
  if (assignment_->Fixed()) return Failed(Status::Lost(status.message()), now);
  for (Share& share : shares_) share.claimed = false;
  leave_until_ = now + kLeaveFor;
  SetClaimed(false);
  SetHealth(Status::Retry("another process took its place: " + status.message()));
  return {.again = now + options_.flush_every};
}

StepResult Job::Failed(const Status& status, Timestamp now) {
  SetHealth(status.In("cannot commit"));
  if (status.code() == Code::fatal) return {.fatal = status.In(name_)};
  if (status.code() != Code::retry) {
    stopped_ = true;
    return {};
  }
  retry_after_ = std::clamp(retry_after_ * 2, options_.retry_first, options_.retry_last);
  return {.again = now + retry_after_};
}

void Job::Drain() {
  {
    const MutexLock lock(mutex_);
    draining_ = true;
  }
  Wake();
}

bool Job::Draining() const {
  const MutexLock lock(mutex_);
  return draining_;
}

bool Job::Drained() const {
  const MutexLock lock(mutex_);
  return drained_ || (draining_ && !health_.ok());
}

Status Job::Health() const {
  const MutexLock lock(mutex_);
  return health_.ok() ? beyond_ : health_;
}

void Job::SetHealth(Status health) {
  const MutexLock lock(mutex_);
  health_ = std::move(health);
}

void Job::SetClaimed(bool claimed) {
  const MutexLock lock(mutex_);
  claimed_ = claimed;
}

bool Job::Claimed() const {
  const MutexLock lock(mutex_);
  return claimed_;
}

std::map<Seat, JobPosition> Job::Positions() const {
  const MutexLock lock(mutex_);
  return positions_;
}

}  // namespace sluice
