#include "log/kafka/appender.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace sluice::kafka {
namespace {

constexpr int64_t kGroupBytes = 16 << 20;
constexpr auto kUpkeepEvery = std::chrono::seconds(1);
constexpr auto kFirstPause = std::chrono::milliseconds(100);
constexpr auto kLastPause = std::chrono::seconds(5);
// How often an append is tried again inside; then its sender hears of it.
constexpr int kCommitTries = 3;

}  // namespace

Appender::Appender(const KafkaLogOptions& options, Calls calls)
    : options_(options), calls_(std::move(calls)), writer_(options) {}

void Appender::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Appender::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

Status Appender::Admit(int64_t bytes) const {
  const int64_t under_way = under_way_;
  if (under_way > 0 && under_way + bytes > options_.max_bytes_under_way) {
    return Status::Retry(fmt::format("the log is busy: {} bytes are under way", under_way));
  }
  return Health();
}

Status Appender::Add(std::unique_ptr<AppendWork> work) {
  {
    const MutexLock lock(mutex_);
    if (!health_.ok()) return health_;
    if (stopping_) return Status::Retry("the log is closing");
    under_way_ += work->bytes;
    works_.push_back(std::move(work));
  }
  changed_.NotifyAll();
  return {};
}

Status Appender::Ask(Question question) { return AskOnce({.question = std::move(question)}); }

Status Appender::AskBeforeAppends(Question question) {
  return AskOnce({.question = std::move(question), .before_appends = true});
}

Status Appender::AskOnce(Asked asked) {
  const MutexLock lock(mutex_);
  if (!health_.ok()) {
    open_again_ = open_again_ || asked.before_appends;
    return health_;
  }
  if (stopping_) return Status::Retry("the log is closing");
  asked_.push_back(&asked);
  changed_.NotifyAll();
  while (!asked.done) changed_.Wait(mutex_);
  return asked.answer;
}

Status Appender::Health() const {
  const MutexLock lock(mutex_);
  return health_;
}

Status Appender::AwaitOpen(Duration within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  const MutexLock lock(mutex_);
  while (health_.code() == Code::retry && std::chrono::steady_clock::now() < deadline) {
    changed_.WaitFor(mutex_, std::chrono::milliseconds(100));
  }
  return health_;
}

void Appender::SetHealth(Status health) {
  {
    const MutexLock lock(mutex_);
    if (health_.code() != Code::fatal) health_ = std::move(health);
  }
  changed_.NotifyAll();
}

void Appender::Run() {
  while (true) {
    if (!EnsureOpen()) {
      RefuseQueue(Health());
      if (!Pause()) break;
      continue;
    }
    Turn turn = NextTurn();
    if (turn.asked != nullptr) {
      AnswerOne(*turn.asked);
    } else if (!turn.works.empty()) {
      CommitGroup(std::move(turn.works));
      Forget();
    } else if (turn.stop) {
      break;
    } else {
      Upkeep();
    }
  }
  RefuseQueue(Status::Retry("the log is closing"));
}

void Appender::AnswerOne(Asked& asked) {
  const Status answer = asked.question(writer_);
  if (answer.code() == Code::lost) SetHealth(Status::Fatal(answer.message()));
  if (answer.code() == Code::retry && asked.before_appends) {
    NoteFailure(answer);
    introduced_ = false;
  }
  {
    const MutexLock lock(mutex_);
    asked.answer = answer;
    asked.done = true;
  }
  changed_.NotifyAll();
}

bool Appender::TakeOpenAgain() {
  const MutexLock lock(mutex_);
  return std::exchange(open_again_, false);
}

// A session with the brokers, and everything that was declared known to them.
bool Appender::EnsureOpen() {
  if (Health().code() == Code::fatal) return false;
  if (TakeOpenAgain()) introduced_ = false;
  const bool was_introduced = introduced_;
  Status opened = writer_.Open();
  if (opened.ok() && !introduced_) {
    opened = calls_.opened(writer_);
    introduced_ = opened.ok();
  }
  if (opened.ok() && was_introduced) return true;
  if (opened.ok()) {
    failures_ = 0;
    SetHealth({});
    return true;
  }
  NoteFailure(opened);
  return false;
}

// Trying again helps against anything but a successor of ours and what the broker refuses for good.
void Appender::NoteFailure(const Status& why) {
  ++failures_;
  const bool hopeless = why.code() == Code::lost || (why.code() != Code::retry && !introduced_);
  SetHealth(hopeless ? Status::Fatal(why.message()) : why.In("waits for Kafka"));
}

Appender::Turn Appender::NextTurn() {
  const MutexLock lock(mutex_);
  if (works_.empty() && asked_.empty() && !stopping_) {
    changed_.WaitFor(mutex_, kUpkeepEvery);
  }
  Turn turn{.stop = stopping_};
  if (!asked_.empty()) {
    turn.asked = asked_.front();
    asked_.pop_front();
    return turn;
  }
  int64_t bytes = 0;
  while (!works_.empty() && (turn.works.empty() || bytes + works_.front()->bytes <= kGroupBytes)) {
    bytes += works_.front()->bytes;
    turn.works.push_back(std::move(works_.front()));
    works_.pop_front();
  }
  return turn;
}

// Nothing is to be done; after a failure, whether it still stands.
void Appender::Upkeep() {
  if (!Health().ok()) {
    Status well = writer_.control().CatchUp();
    if (well.ok() && writer_.WasOpen()) well = writer_.OpenSession();
    if (!well.ok()) return NoteFailure(well);
    failures_ = 0;
    SetHealth({});
  }
  Status done = writer_.control().Drain();
  if (done.ok() && calls_.caught_up) calls_.caught_up(writer_.control().ledger());
  if (!done.ok()) return NoteFailure(done);
  Forget();
}

// What is in its way stands in the way of appends too, which say so.
void Appender::Forget() { (void)writer_.Forget(); }

void Appender::CommitGroup(AppendWorks works) {
  while (!works.empty()) {
    Status why = writer_.OpenSession();
    if (why.ok() && writer_.Commit(works, why) == Writer::Fate::undecided) {
      if (!Settle(works))
        break;  // a session that was fenced and is replaced at once is no failure to anybody
      why = {};
    }
    if (why.ok() && std::exchange(failures_, 0) > 0) SetHealth({});
    CompleteDecided(works, why);
    if (works.empty() && why.ok()) break;
    NoteFailure(why.ok() ? Status::Retry("a record was refused") : why);
    if (Health().code() == Code::fatal || !Pause()) break;
  }
  if (works.empty()) return;
  const Status why = Health().ok() ? Status::Retry("the log is closing") : Health();
  for (auto& work : works) {
    work->outcome = {.kind = AppendOutcome::failed, .status = why};
    Complete(std::move(work));
  }
}

bool Appender::Settle(AppendWorks& works) {
  while (true) {
    const Status opened = writer_.OpenSession();
    if (opened.ok()) break;
    NoteFailure(opened);
    if (Health().code() == Code::fatal || !Pause()) return false;
  }
  if (writer_.SettledGroup().value_or(false)) {
    writer_.Confirm(works);
    return true;
  }
  for (const auto& work : works) {
    work->outcome = {.kind = AppendOutcome::failed};
    work->written = false;
  }
  return true;
}

// Completes what has its outcome; keeps what is to be tried again.
void Appender::CompleteDecided(AppendWorks& works, const Status& why) {
  if (calls_.caught_up) calls_.caught_up(writer_.control().ledger());
  if (calls_.committed) calls_.committed(works);
  AppendWorks again;
  for (auto& work : works) {
    const bool open = work->outcome.kind == AppendOutcome::failed && work->outcome.status.ok();
    if (open && ++work->waits < kCommitTries) {
      again.push_back(std::move(work));
      continue;
    }
    if (open) work->outcome.status = Status::Retry("Kafka did not take it: " + why.message());
    Complete(std::move(work));
  }
  works = std::move(again);
}

void Appender::Complete(std::unique_ptr<AppendWork> work) {
  under_way_ -= work->bytes;
  if (work->outcome.kind != AppendOutcome::done) work->outcome.placed.clear();
  work->records = {};
  work->completion(std::move(work->outcome));
}

void Appender::RefuseQueue(const Status& why) {
  std::deque<std::unique_ptr<AppendWork>> works;
  {
    const MutexLock lock(mutex_);
    works.swap(works_);
    for (Asked* asked : asked_) {
      asked->answer = why;
      asked->done = true;
    }
    asked_.clear();
  }
  changed_.NotifyAll();
  for (auto& work : works) {
    work->outcome = {.kind = AppendOutcome::failed, .status = why};
    Complete(std::move(work));
  }
}

bool Appender::Pause() {
  const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(kLastPause);
  const auto pause = std::min(kFirstPause * (1 << std::min(failures_, 6)), longest);
  const auto deadline = std::chrono::steady_clock::now() + pause;
  const MutexLock lock(mutex_);
  while (!stopping_ && std::chrono::steady_clock::now() < deadline) {
    changed_.WaitFor(mutex_, pause);
  }
  return !stopping_;
}

}  // namespace sluice::kafka
