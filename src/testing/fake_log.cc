#include "testing/fake_log.h"

#include <arrow/api.h>

namespace sluice {
namespace {

// What of a slice lies from a position on.
Slice From(Position from, Slice slice) {
  const auto positions = slice.rows->GetColumnByName(std::string(kPosition));
  int64_t skip = 0;
  while (skip < positions->length() && static_cast<const arrow::Int64Array&>(*positions).Value(skip) < from) {
    ++skip;
  }
  slice.rows = slice.rows->Slice(skip);
  std::erase_if(slice.dead, [&](const DeadEntry& dead) { return dead.at < from; });
  slice.first = from;
  return slice;
}

}  // namespace

Status FakeLog::Declare(const StreamSpec& stream) {
  MutexLock lock(mutex_);
  streams_[stream.name].spec = stream;
  return {};
}

Status FakeLog::Append(const std::string& stream, Batch batch, std::optional<OriginStep> step,
                       Completion completion) {
  auto append = [this, stream, batch = std::move(batch), step = std::move(step), completion]() {
    AppendOutcome outcome;
    std::vector<Listener> listeners;
    {
      MutexLock lock(mutex_);
      outcome = Apply(stream, batch, step);
      listeners = listeners_;
    }
    completion(std::move(outcome));
    for (const Listener& listener : listeners) listener(stream);
  };
  {
    MutexLock lock(mutex_);
    if (full_) return Status::Retry("the fake log is full");
    if (holding_) {
      held_.push_back(std::move(append));
      return {};
    }
  }
  append();
  return {};
}

std::optional<AppendOutcome> FakeLog::Judge(const OriginStep& step) {
  const OriginStep& last = steps_[step.origin];
  if (step.epoch != epochs_[step.origin]) return AppendOutcome{.kind = AppendOutcome::lost};
  const bool repeat = step.from == last.from && step.next == last.next && step.next > step.from;
  if (repeat && step.fingerprint != last.fingerprint) return AppendOutcome{.kind = AppendOutcome::conflict};
  if (!repeat && step.from == last.next) return std::nullopt;
  if (step.next <= last.next) return AppendOutcome{.kind = AppendOutcome::already, .answer = last.answer};
  return AppendOutcome{.kind = AppendOutcome::failed,
                       .status = Status::Reject("the step starts behind the end of origin " + step.origin)};
}

AppendOutcome FakeLog::Apply(const std::string& stream, Batch batch, const std::optional<OriginStep>& step) {
  if (fail_next_) {
    return {.kind = AppendOutcome::failed, .status = *std::exchange(fail_next_, std::nullopt)};
  }
  if (step) {
    if (auto judged = Judge(*step)) return *std::move(judged);
    steps_[step->origin] = *step;
  }
  Stream& into = streams_[stream];
  AppendOutcome outcome{.placed = {{.first = into.next, .count = batch.Count()}}};
  into.next += batch.Count();
  into.batches.push_back(std::move(batch));
  return outcome;
}

Result<OriginState> FakeLog::Claim(const std::string& origin) {
  MutexLock lock(mutex_);
  if (refuses_claims_) return Status::Retry("the fake log is away");
  const OriginStep& last = steps_[origin];
  return OriginState{.epoch = ++epochs_[origin], .next = last.next, .answer = last.answer};
}

Result<Slice> FakeLog::Read(const std::string& stream, PartitionId, Position from, int64_t) {
  MutexLock lock(mutex_);
  const Stream& of = streams_[stream];
  Position first = 0;
  for (const Batch& batch : of.batches) {
    if (from < first + batch.Count()) return From(from, AsSlice(of.spec, batch, first, FromMicros(0)));
    first += batch.Count();
  }
  Batch nothing{.rows = *arrow::RecordBatch::MakeEmpty(of.spec.RowSchema())};
  return AsSlice(of.spec, nothing, first, FromMicros(0));
}

Result<Ends> FakeLog::EndsOf(const std::string& stream, PartitionId) {
  MutexLock lock(mutex_);
  return Ends{.low = 0, .high = streams_[stream].next};
}

void FakeLog::Subscribe(Listener listener) {
  MutexLock lock(mutex_);
  listeners_.push_back(std::move(listener));
}

void FakeLog::Hold() {
  MutexLock lock(mutex_);
  holding_ = true;
}

void FakeLog::Release() {
  std::deque<std::function<void()>> due;
  {
    MutexLock lock(mutex_);
    holding_ = false;
    due.swap(held_);
  }
  for (auto& append : due) append();
}

void FakeLog::DropHeld() {
  std::deque<std::function<void()>> dropped;  // destroyed without the lock
  MutexLock lock(mutex_);
  dropped.swap(held_);
  holding_ = false;
}

size_t FakeLog::Held() {
  MutexLock lock(mutex_);
  return held_.size();
}

void FakeLog::FailNext(Status status) {
  MutexLock lock(mutex_);
  fail_next_ = std::move(status);
}

void FakeLog::SetFull(bool full) {
  MutexLock lock(mutex_);
  full_ = full;
}

void FakeLog::RefuseClaims(bool refuse) {
  MutexLock lock(mutex_);
  refuses_claims_ = refuse;
}

int64_t FakeLog::Count(const std::string& stream) {
  int64_t count = 0;
  for (const Batch& batch : Appended(stream)) count += batch.Count();
  return count;
}

std::vector<Batch> FakeLog::Appended(const std::string& stream) {
  MutexLock lock(mutex_);
  return streams_[stream].batches;
}

std::map<std::string, OriginStep> FakeLog::Steps() {
  MutexLock lock(mutex_);
  return steps_;
}

}  // namespace sluice
