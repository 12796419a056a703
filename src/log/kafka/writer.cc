#include "log/kafka/writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "log/embedded/wire.h"
#include "log/kafka/topics.h"
#include "platform/random.h"

namespace sluice::kafka {
namespace {

constexpr size_t kForgetAtOnce = 10'000;
constexpr Duration kForgetOthersAfter =
    std::chrono::hours(1);  // behind their expiry: their writer sees to it

// For what one append is, not for how the broker is.
bool IsOfTheAppend(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return true;
    default:
      return false;
  }
}

void NotePlace(std::vector<Placed>& placed, PartitionId partition, Offset offset) {
  const auto last = std::find_if(placed.rbegin(), placed.rend(),
                                 [&](const Placed& run) { return run.partition == partition; });
  if (last != placed.rend() && last->first + last->count == offset) {
    ++last->count;
  } else {
    placed.push_back({.partition = partition, .first = offset, .count = 1});
  }
}

void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->_private == nullptr) return;
  const auto& report = *static_cast<AppendWork::Report*>(message->_private);
  AppendWork& work = *report.work;
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    --work.missing;
    if (!report.dead) NotePlace(work.outcome.placed, message->partition, message->offset);
    return;
  }
  if (IsOfTheAppend(message->err) && work.refused.ok()) {
    work.refused = Status::Retry(fmt::format(
        "topic {} does not take it: {}", rd_kafka_topic_name(message->rkt), rd_kafka_err2str(message->err)));
  }
}

RecordHeaders HeadersFor(const StreamTarget& target, const std::string& id) {
  RecordHeaders headers(rd_kafka_headers_new(2));
  rd_kafka_header_add(headers.get(), kLogHeader, -1, id.data(), static_cast<ssize_t>(id.size()));
  rd_kafka_header_add(headers.get(), kSchemaHeader, -1, target.schema.data(),
                      static_cast<ssize_t>(target.schema.size()));
  return headers;
}

}  // namespace

Writer::Writer(const KafkaLogOptions& options)
    : options_(options),
      name_(options.topic_prefix + "sluice." + options.instance),
      life_(RandomId()),
      keys_(options.key_directory, name_) {}

Status Writer::Open() {
  if (control_ != nullptr) return {};
  const std::string topic = ControlTopicOf(options_.topic_prefix);
  if (options_.look) SLUICE_TRY(ControlTopic::CheckThere(options_.cluster, topic));
  SLUICE_ASSIGN(auto control,
                ControlTopic::Open(options_.cluster, topic, options_.replication,
                                   options_.create_topics && !options_.look, keys_, *options_.clock));
  SLUICE_TRY(control->CatchUp());
  if (control->ledger().id().empty() && !options_.look) {
    SLUICE_TRY(StatusOf(control->Write({{control::LogKey(RandomId()), ""}})));
    SLUICE_TRY(control->CatchUp());
  }
  control_ = std::move(control);
  return {};
}

Status Writer::OpenSession() {
  if (session_ != nullptr) return {};
  // Only the claims: a transaction of our own may still be open, until the new session ends it.
  SLUICE_TRY(control_->CatchUpClaims());
  if (was_open_) SLUICE_TRY(Superseded());
  // Before: so that a fenced process finds its successor. After: so that others know of a session that their
  // fence did not meet.
  SLUICE_TRY(StatusOf(control_->Write({{control::SessionKey(name_), life_}})));
  SLUICE_ASSIGN(auto session, Transactions::Open(options_.cluster, options_.transactions ? name_ : "",
                                                 options_.compression, OnDelivery));
  was_open_ = true;
  SLUICE_TRY(StatusOf(control_->Write({{control::SessionKey(name_), life_}})));
  SLUICE_TRY(control_->CatchUp());
  SLUICE_TRY(Superseded());
  session_ = std::move(session);
  return {};
}

Status Writer::Superseded() const {
  const Session* const session = control_->ledger().SessionOf(name_);
  if (session == nullptr || session->life == life_) return {};
  return Status::Lost(
      fmt::format("a younger process with the instance name '{}' has taken over, and this one "
                  "stopped writing. Give each process a name of its own with --instance, or start this one "
                  "again when the other has ended",
                  options_.instance));
}

std::optional<bool> Writer::SettledGroup() {
  if (!std::exchange(undecided_, false)) return std::nullopt;
  return control_->ledger().GroupOf(name_) == group_;
}

Result<OriginState> Writer::Claim(const std::string& origin) {
  SLUICE_TRY(OpenSession());
  kafka::Claim claim{.writer = name_};
  SLUICE_ASSIGN(const OriginEntry before, control_->ledger().Find(origin));
  if (before.claim) {
    claim.older = before.claim->older;
    claim.older.insert(before.claim->writer);
    claim.older.erase(name_);
  }
  SLUICE_ASSIGN(const auto offsets, control_->Write({{control::ClaimKey(origin), claim.Encode()}}));
  SLUICE_TRY(control_->CatchUp());
  SLUICE_TRY(FenceOlder(origin));
  SLUICE_ASSIGN(const OriginEntry held, control_->ledger().Find(origin));
  if (!held.claim || held.claim->epoch != offsets.front() + 1) {
    return Status::Retry("another process claims " + origin + " at the same time");
  }
  const OriginRecord record = held.At(options_.clock->Now());
  return OriginState{.epoch = record.epoch, .next = record.next, .answer = record.answer};
}

// Whoever held the origin before us commits nothing any more, and all they did commit is in the ledger.
Status Writer::FenceOlder(const std::string& origin) {
  SLUICE_ASSIGN(const OriginEntry entry, control_->ledger().Find(origin));
  if (!entry.IsHeldBy(name_) || entry.claim->older.empty()) return {};
  kafka::Claim done = *entry.claim;
  for (const std::string& older : done.older) {
    const Session* const session = control_->ledger().SessionOf(older);
    const auto fenced = fenced_.find(older);
    if (session != nullptr && fenced != fenced_.end() && session->offset < fenced->second) continue;
    const Offset read = control_->ClaimsRead();
    if (options_.transactions) SLUICE_TRY(Transactions::Fence(options_.cluster, older));
    fenced_[older] = read;
  }
  done.older.clear();
  SLUICE_TRY(StatusOf(control_->Write({{control::ClaimKey(origin), done.Encode()}})));
  return control_->CatchUp();
}

// An idempotency key may come to two processes at once: each claims it before it appends, and the second
// finds the first.
Status Writer::ClaimKeys(AppendWorks& works) {
  const Timestamp now = options_.clock->Now();
  std::vector<ControlRecord> claims;
  std::vector<std::string> origins;
  for (const auto& work : works) {
    if (!work->step || work->step->epoch != 0) continue;
    const std::string& origin = work->step->origin;
    SLUICE_ASSIGN(const OriginEntry known, control_->ledger().Find(origin));
    const bool ours = known.IsHeldBy(name_);
    if (known.At(now).next != 0 || (ours && known.claim->older.empty())) continue;
    origins.push_back(origin);
    if (ours) continue;  // claimed in a try before, or in a life before, which came no further
    kafka::Claim claim{.keyed = true, .expires = work->step->expires.has_value(), .writer = name_};
    if (known.claim) {
      claim.older = known.claim->older;
      claim.older.insert(known.claim->writer);
      claim.older.erase(name_);
    }
    claims.push_back({control::ClaimKey(origin), claim.Encode()});
  }
  if (origins.empty()) return {};
  behind_ = true;
  if (!claims.empty()) SLUICE_TRY(StatusOf(control_->Write(claims)));
  SLUICE_TRY(control_->CatchUp());
  for (const std::string& origin : origins) {
    SLUICE_ASSIGN(const OriginEntry known, control_->ledger().Find(origin));
    if (known.At(now).next == 0) SLUICE_TRY(FenceOlder(origin));
  }
  behind_ = false;
  return {};
}

// Whether the work is to be written; otherwise it has its outcome.
Result<bool> Writer::Decide(AppendWork& work) {
  work.outcome = {};
  if (!work.step) return true;
  const OriginStep& step = *work.step;
  const Timestamp now = options_.clock->Now();
  SLUICE_ASSIGN(const OriginEntry entry, control_->ledger().Find(step.origin));
  const auto under_way = steps_.find(step.origin);
  const OriginRecord known = under_way != steps_.end() ? under_way->second : entry.At(now);
  embedded::StepVerdict verdict = embedded::DecideStep(known, step);
  if (verdict.kind == AppendOutcome::done && !entry.IsHeldBy(name_)) {
    verdict = {.kind = AppendOutcome::lost};
  }
  work.outcome.kind = verdict.kind;
  work.outcome.answer = std::move(verdict.answer);
  work.outcome.status = std::move(verdict.status);
  if (verdict.kind != AppendOutcome::done) return false;
  steps_[step.origin] = embedded::AfterStep(known, step, now);
  return true;
}

// Each work is to be written or has its outcome; not ok: neither, for any of them.
Status Writer::DecideAll(AppendWorks& works, bool& any) {
  steps_.clear();
  for (const auto& work : works) work->outcome = {.kind = AppendOutcome::failed};
  SLUICE_TRY(behind_ ? control_->CatchUp() : control_->Drain());
  behind_ = false;
  SLUICE_TRY(ClaimKeys(works));
  for (const auto& work : works) {
    work->missing = work->records.pieces.size() + work->records.dead.size();
    work->refused = {};
    SLUICE_ASSIGN(work->written, Decide(*work));
    any = any || work->written;
  }
  return {};
}

Writer::Fate Writer::Commit(AppendWorks& works, Status& why) {
  bool any = false;
  why = DecideAll(works, any);
  if (!why.ok()) Lose(works);
  if (!why.ok() || !any) return Fate::done;
  group_ = control_->ledger().GroupOf(name_) + 1;
  why = session_->Begin();
  if (why.ok()) why = Produce(works);
  const Transactions::Outcome outcome = why.ok() ? session_->Commit(why) : session_->Abort();
  if (outcome == Transactions::Outcome::committed) {
    if (!options_.transactions) FinishPlain(works, why);
    Confirm(works);
    return Fate::done;
  }
  if (outcome == Transactions::Outcome::unknown) {
    session_.reset();
    undecided_ = true;
    return Fate::undecided;
  }
  Lose(works);
  return Fate::done;
}

Status Writer::Produce(AppendWorks& works) {
  for (const auto& work : works) {
    if (work->written) SLUICE_TRY(ProduceWork(*work));
  }
  return options_.transactions ? ProduceSteps() : Status();
}

Status Writer::ProduceWork(AppendWork& work) {
  work.row_report = {.work = &work};
  work.dead_report = {.work = &work, .dead = true};
  const StreamTarget& target = *work.target;
  const RecordHeaders headers = HeadersFor(target, control_->ledger().id());
  for (const Records::Piece& piece : work.records.pieces) {
    SLUICE_TRY(session_->Produce(target.topic, piece.partition,
                                 {.key = work.records.Key(piece),
                                  .has_key = piece.has_key,
                                  .value = work.records.Value(piece),
                                  .headers = headers.get(),
                                  .opaque = &work.row_report}));
  }
  for (const DeadEntry& dead : work.records.dead) {
    const RecordHeaders own(rd_kafka_headers_copy(headers.get()));
    for (const auto& [name, value] : HeadersOf(dead)) {
      rd_kafka_header_add(own.get(), name.c_str(), -1, value.data(), static_cast<ssize_t>(value.size()));
    }
    SLUICE_TRY(session_->Produce(
        target.dead_topic, 0,
        {.value = std::string_view(dead.bytes), .headers = own.get(), .opaque = &work.dead_report}));
  }
  return {};
}

// The origins' new states, and the group's number: what was committed can be told from it later.
Status Writer::ProduceSteps() {
  step_records_.clear();
  for (const auto& [origin, record] : steps_) {
    step_records_.emplace_back(control::OriginKey(origin), embedded::EncodeOrigin(record));
  }
  embedded::WireWriter number;
  number.Put(group_);
  step_records_.emplace_back(control::GroupKey(name_), number.Take());
  for (const auto& [key, value] : step_records_) {
    SLUICE_TRY(session_->Produce(control_->name(), kStepsPartition,
                                 {.key = key, .has_key = true, .value = std::string_view(value)}));
  }
  return {};
}

void Writer::Confirm(AppendWorks& works) {
  embedded::WireWriter number;
  number.Put(group_);
  (void)control_->ledger().Add(kStepsPartition, 0, control::GroupKey(name_), number.Take(),
                               options_.clock->Now());
  for (const auto& [origin, record] : steps_) {
    if (!control_->ledger().PutStep(origin, record).ok()) behind_ = true;
  }
  for (const auto& work : works) {
    if (!work->written) continue;
    for (Placed& run : work->outcome.placed) {
      run.first = control_->ledger().RaisesOf(work->target->topic, run.partition).PositionOf(run.first);
    }
  }
}

// Without transactions: what was delivered keeps its origin step, written behind it.
void Writer::FinishPlain(AppendWorks& works, Status& why) {
  for (const auto& work : works) {
    if (!work->written || work->missing == 0) continue;
    if (work->step) steps_.erase(work->step->origin);
    work->written = false;
    Status failed = work->refused;
    if (failed.ok()) failed = Status::Retry(why.ok() ? "Kafka did not take all of it" : why.message());
    work->outcome = {.kind = AppendOutcome::failed, .status = std::move(failed)};
  }
  if (!steps_.empty()) {
    const Status produced = ProduceSteps();
    if (why.ok()) why = produced;
    (void)session_->Commit(why);
  }
  if (session_->Broken()) session_.reset();
}

// None of the group will be seen. What the broker refuses for good is told; the rest is to be tried again,
// also what was answered by a step of this group.
void Writer::Lose(AppendWorks& works) {
  for (const auto& work : works) {
    work->outcome = {.kind = AppendOutcome::failed, .status = work->refused};
    work->written = false;
  }
}

Status Writer::Forget() {
  const Timestamp now = options_.clock->Now();
  if (now < forget_next_) return {};
  SLUICE_ASSIGN(const auto expired, keys_.Expired(now, kForgetAtOnce));
  // What dead writers left is forgotten here and stays in the topic.
  SLUICE_ASSIGN(const size_t dropped, keys_.DropExpired(now - kForgetOthersAfter, kForgetAtOnce));
  const bool more = dropped >= kForgetAtOnce || expired.size() >= kForgetAtOnce;
  forget_next_ = now + (more ? std::chrono::seconds(1) : std::chrono::seconds(60));
  if (!expired.empty() && options_.transactions && session_ != nullptr) SLUICE_TRY(TombstoneExpired(expired));
  if (options_.transactions) return {};
  for (const ExpiredKey& key : expired) SLUICE_TRY(keys_.Put(key.origin, {}));
  return {};
}

Status Writer::TombstoneExpired(const std::vector<ExpiredKey>& expired) {
  SLUICE_TRY(session_->Begin());
  step_records_.clear();
  for (const ExpiredKey& key : expired) step_records_.emplace_back(control::OriginKey(key.origin), "");
  Status why;
  for (const auto& [key, value] : step_records_) {
    if (why.ok()) why = session_->Produce(control_->name(), kStepsPartition, {.key = key, .has_key = true});
  }
  const auto outcome = why.ok() ? session_->Commit(why) : session_->Abort();
  if (outcome == Transactions::Outcome::unknown) session_.reset();
  if (outcome != Transactions::Outcome::committed) return why;
  std::vector<ControlRecord> released;
  for (const auto& [origin, epoch] : expired) {
    if (epoch == 0) continue;
    released.push_back({control::ClaimKey(origin), sluice::kafka::Claim{.epoch = epoch}.Encode()});
    released.push_back({control::ClaimKey(origin), std::nullopt});
  }
  if (!released.empty()) SLUICE_TRY(StatusOf(control_->Write(released)));
  for (const ExpiredKey& key : expired) SLUICE_TRY(keys_.Put(key.origin, {}));
  return {};
}

}  // namespace sluice::kafka
