#include "sources/file/file_source.h"

#include <algorithm>

#include "telemetry/events.h"

namespace sluice {
namespace {

constexpr Duration kRetryAfter = std::chrono::seconds(1);
constexpr Duration kFullRetryAfter = std::chrono::milliseconds(50);
constexpr size_t kAhead = 2;  // chunks

Status CheckSpec(const FileSourceSpec& spec) {
  if (spec.path.empty()) return Status::Reject("path is missing");
  if (!(spec.speed >= 0)) return Status::Reject("speed must not be negative");
  const std::vector<Contradiction> found = Contradictions(spec);
  return found.empty() ? Status() : Status::Reject(found.front().message);
}

}  // namespace

Result<std::unique_ptr<FileSource>> FileSource::Make(FileSourceSpec spec, Intake& intake,
                                                     FileSourceParts parts) {
  if (const Status checked = CheckSpec(spec); !checked.ok()) return checked.In("source." + spec.name);
  return std::unique_ptr<FileSource>(new FileSource(std::move(spec), intake, std::move(parts)));
}

FileSource::FileSource(FileSourceSpec spec, Intake& intake, FileSourceParts parts)
    : spec_(std::move(spec)),
      parts_(std::move(parts)),
      intake_(intake),
      set_(spec_, parts_, intake),
      delivery_(intake, *this) {}

StepResult FileSource::Step(Timestamp now) {
  if (!started_) started_ = now;
  bool progress = Acknowledge(now);
  if (Stopped() || draining_ || finished_) return {kMaxTime, progress};
  set_.Scan(now);
  progress |= Fill(now);
  Timestamp again = Send(now, &progress);
  if (queue_.empty()) progress |= FinishOrRepeat(now);
  if (queue_.size() < kAhead) again = std::min(again, set_.NextWish(now));
  if (set_.AllDone() && queue_.empty() && !finished_) again = std::min(again, std::max(now, repeat_at_));
  refused_ = queue_.empty() && set_.OnlyRefusedLeft();
  Publish(now);
  return {finished_ ? kMaxTime : again, progress};
}

bool FileSource::Acknowledge(Timestamp now) {
  const std::optional<AppendOutcome> outcome = delivery_.Take();
  if (!outcome) return false;
  TrackedFile& file = *queue_.front().file;
  switch (outcome->kind) {
    case AppendOutcome::done:
    case AppendOutcome::already:
      SetHealth({});
      Settle();
      break;
    case AppendOutcome::lost:
      set_.Stop(file, Status::Lost("another process reads this file into the same log"));
      Forget(&file);
      break;
    case AppendOutcome::conflict:
      set_.Stop(file, Status::Reject("the log stands at another place of this file than this run expects"));
      Forget(&file);
      break;
    case AppendOutcome::failed:
      SetHealth(outcome->status);
      retry_at_ = now + kRetryAfter;
      break;
  }
  Publish(now);
  return true;
}

// What was pending is durable.
void FileSource::Settle() {
  Queued& queued = queue_.front();
  if (pending_->step) queued.file->position = pending_->step->next;
  queued.file->stepped_at = pending_->place;
  queued.given += pending_->count;
  readings_ += pending_->count;
  round_readings_ += pending_->count;
  if (pending_->whole) {
    --queued.file->queued;
    queue_.pop_front();
  }
  pending_.reset();
}

void FileSource::Forget(TrackedFile* file) {
  pending_.reset();
  std::erase_if(queue_, [&](const Queued& queued) { return queued.file == file; });
  file->queued = 0;
}

// Reads ahead, so that the next chunk is decoded while the log makes this one durable.
bool FileSource::Fill(Timestamp now) {
  bool progress = false;
  while (queue_.size() < kAhead) {
    auto read = set_.Next(now);
    if (!read) break;
    progress = true;
    const int64_t count = read->chunk.batch.Count();
    const int64_t given =
        std::min(count, std::exchange(read->file->skip, std::max<int64_t>(0, read->file->skip - count)));
    if (given == count) continue;
    Queued queued{.file = read->file,
                  .chunk = std::move(read->chunk),
                  .prefix = read->file->prefix,
                  .round = read->file->round,
                  .times = {},
                  .given = given};
    if (Timed()) queued.times = EntryTimes(queued.chunk.batch, intake_.stream());
    ++read->file->queued;
    queue_.push_back(std::move(queued));
  }
  return progress;
}

bool FileSource::FinishOrRepeat(Timestamp now) {
  if (!set_.AllDone()) return false;
  if (!spec_.repeat) {
    finished_ = true;
    return true;
  }
  if (now < repeat_at_) return false;
  // Input without a single reading would be read over and over without rest.
  if (round_readings_ == 0) repeat_at_ = now + kRetryAfter;
  round_readings_ = 0;
  if (const Status repeated = set_.Repeat(); !repeated.ok()) SetHealth(repeated);
  return true;
}

Timestamp FileSource::Send(Timestamp now, bool* progress) {
  // A completion may have come since Acknowledge; offering again would bring in what is pending twice.
  if (delivery_.Busy()) return delivery_.UnderWay() ? kMaxTime : now;
  if (now < retry_at_) return retry_at_;
  if (!pending_) {
    const Timestamp due = Prepare(now);
    if (!pending_) return due;
  }
  const Status taken = delivery_.Offer(pending_->batch, pending_->step);
  if (taken.ok()) {
    *progress = true;
    return delivery_.UnderWay() ? kMaxTime : now;
  }
  SetHealth(taken);
  retry_at_ = now + kFullRetryAfter;
  return taken.code() == Code::retry ? retry_at_ : kMaxTime;
}

// Makes what is due of the first chunk pending, or says when that will be.
Timestamp FileSource::Prepare(Timestamp now) {
  if (queue_.empty()) return kMaxTime;
  const Queued& queued = queue_.front();
  if (spec_.speed > 0 && now < send_at_) return send_at_;
  if (Timed()) Anchor(queued, now);
  Timestamp next = now;
  const int64_t due = CountDue(queued, now, &next);
  if (due == 0) return next;
  pending_ = MakePending(queued, due);
  if (!pending_->whole) send_at_ = now + kGather;
  return now;
}

void FileSource::Anchor(const Queued& queued, Timestamp now) {
  const Timestamp first = queued.times[static_cast<size_t>(queued.given)];
  if (pace_ && pace_round_ == queued.round) return;
  if (queued.chunk.batch.rows->num_rows() == 0) return;
  pace_ = Pace{.base = {first, now}, .behind_gap = {}};
  pace_round_ = queued.round;
  // The shift outlives a restart; the pace alone starts anew, so that a pause is not made up in a rush.
  if (spec_.shift_to_now && queued.file->anchor) pace_->base = *queued.file->anchor;
}

int64_t FileSource::CountDue(const Queued& queued, Timestamp now, Timestamp* next) {
  const int64_t left = queued.chunk.batch.Count() - queued.given;
  if (spec_.speed <= 0 || !pace_ || queued.chunk.batch.rows->num_rows() == 0) return left;
  int64_t due = 0;
  for (; due < left; ++due) {
    *next = DueOf(queued.times[static_cast<size_t>(queued.given + due)], now);
    if (*next > now) break;
  }
  return due;
}

Timestamp FileSource::DueOf(Timestamp event, Timestamp now) {
  const int64_t gaps = pace_->gaps;
  const Timestamp due = PaceNext(&*pace_, spec_.speed, event, now);
  // Each round says it once: there may be a gap before every reading.
  if (gaps == 0 && pace_->gaps == 1) {
    Event(Level::warn, Name(), "a gap in the event times would be waited for longer than an hour: skipped",
          {{"until", FormatRfc3339(event)}});
  }
  return due;
}

FileSource::Pending FileSource::MakePending(const Queued& queued, int64_t count) const {
  const int64_t after = queued.given + count;
  Pending pending{.batch = SliceEntries(queued.chunk.batch, queued.given, count), .step = {}, .count = count};
  const auto anchor = spec_.shift_to_now && pace_ ? std::optional(pace_->base) : std::nullopt;
  if (anchor) {
    pending.batch = ShiftTimes(std::move(pending.batch), intake_.stream(), anchor->clock - anchor->event);
  }
  pending.whole = after == queued.chunk.batch.Count();
  const ResumePoint& point = pending.whole ? queued.chunk.end : queued.chunk.begin;
  FileState state{.offset = point.at,
                  .skip = pending.whole ? 0 : after,
                  .ended = point.ended,
                  .round = queued.round,
                  .prefix = queued.prefix,
                  .anchor = anchor,
                  .decoder = point.decoder};
  pending.place = state.offset + state.skip + (state.ended ? 1 : 0);
  const TrackedFile& file = *queued.file;
  if (file.origin.empty()) return pending;
  // The origin moves with the bytes; in a content that was begun anew it moves on all the same.
  pending.step = OriginStep{.origin = file.origin,
                            .epoch = file.epoch,
                            .from = file.position,
                            .next = file.position + std::max<int64_t>(1, pending.place - file.stepped_at),
                            .fingerprint = {},
                            .answer = FormatFileState(state),
                            .expires = std::nullopt};
  return pending;
}

bool FileSource::Stopped() const {
  const MutexLock lock(mutex_);
  return !health_.ok() && health_.code() != Code::retry;
}

void FileSource::SetHealth(Status status) {
  const MutexLock lock(mutex_);
  health_ = std::move(status);
}

void FileSource::Publish(Timestamp now) {
  FileProgress progress{.readings = readings_, .files = static_cast<int64_t>(set_.files().size())};
  for (const auto& file : set_.files()) {
    progress.bytes_total += file->seen.size;
    progress.bytes_done += file->BytesDone();
    if (file->done && file->queued == 0) ++progress.files_done;
  }
  const double seconds = std::chrono::duration<double>(now - *started_).count();
  if (seconds > 0) progress.readings_per_second = static_cast<double>(readings_) / seconds;
  const MutexLock lock(mutex_);
  progress_ = progress;
  problem_ = set_.Problem();
}

Status FileSource::Health() const {
  const MutexLock lock(mutex_);
  return health_.ok() ? problem_ : health_;
}

FileProgress FileSource::Details() const {
  const MutexLock lock(mutex_);
  return progress_;
}

double FileSource::Progress() const {
  if (finished_) return 1;
  const FileProgress progress = Details();
  if (spec_.follow || spec_.repeat || progress.bytes_total == 0) return -1;
  return static_cast<double>(progress.bytes_done) / static_cast<double>(progress.bytes_total);
}

}  // namespace sluice
