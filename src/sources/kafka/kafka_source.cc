#include "sources/kafka/kafka_source.h"

#include <algorithm>

#include <fmt/format.h>

#include "log/kafka/topics.h"
#include "telemetry/events.h"

namespace sluice {
namespace {

constexpr Duration kRetryAfter = std::chrono::seconds(1);
constexpr Duration kFullRetryAfter = std::chrono::milliseconds(50);
// Added partitions are noticed that late.
constexpr Duration kDiscoverEvery = std::chrono::seconds(10);
constexpr int64_t kReadBytes = 1 << 20;

std::optional<std::string_view> Bytes(const void* at, size_t size) {
  if (at == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(at), size);
}

}  // namespace

Result<std::unique_ptr<KafkaSource>> KafkaSource::Make(KafkaSourceSpec spec, Intake& intake) {
  SLUICE_ASSIGN(auto decoder, RecordDecoder::Make(spec.codec, intake.stream(), spec.decode, spec.key_field));
  SLUICE_ASSIGN(auto reader, kafka::Reader::Make(kafka::SettingsOf(spec), spec.read_ahead.bytes));
  return std::unique_ptr<KafkaSource>(
      new KafkaSource(std::move(spec), intake, std::move(reader), std::move(decoder)));
}

KafkaSource::KafkaSource(KafkaSourceSpec spec, Intake& intake, std::unique_ptr<kafka::Reader> reader,
                         std::unique_ptr<RecordDecoder> decoder)
    : spec_(std::move(spec)),
      intake_(intake),
      reader_(std::move(reader)),
      decoder_(std::move(decoder)),
      delivery_(intake, *this),
      watch_(reader_->handle(), kafka::SettingsOf(spec_),
             {.grew = [this](const std::string&) { Wake(); },
              .report = [this](const std::string& said) { Event(Level::warn, Name(), said); }}) {
  watch_.Start();
}

KafkaSource::~KafkaSource() { watch_.Stop(); }

void KafkaSource::Drain() {
  draining_ = true;
  Wake();
}

StepResult KafkaSource::Step(Timestamp now) {
  const bool progress = Acknowledge(now);
  if (draining_ || Refused() || delivery_.UnderWay()) return {kMaxTime, progress};
  if (delivery_.Busy()) return {now, progress};  // the completion came just now
  if (now < retry_at_) return {retry_at_, progress};
  if (!pending_) {
    if (now >= discover_at_) {
      if (const Status found = Discover(now); !found.ok()) return Wait(found, now);
    }
    auto read = ReadNext();
    if (!read.ok()) return Wait(read.status(), now);
    pending_ = *std::move(read);
    caught_up_ = !pending_;
    SetHealth({});
    if (!pending_) return {discover_at_, progress};
  }
  StepResult sent = Send(now);
  sent.progress |= progress;
  return sent;
}

StepResult KafkaSource::Wait(const Status& why, Timestamp now) {
  SetHealth(why);
  retry_at_ = now + kRetryAfter;
  return {why.code() == Code::retry ? retry_at_ : kMaxTime, false};
}

std::string KafkaSource::OriginOf(size_t partition) const {
  return fmt::format("kafka/{}/{}/{}", spec_.name, spec_.topic, partition);
}

Status KafkaSource::Discover(Timestamp now) {
  const Result<int> known = kafka::PartitionsOf(reader_->handle(), spec_.topic);
  if (!known.ok()) return kafka::Passing(known.status());
  const int count = *known;
  if (count == 0) return Status::Retry(fmt::format("topic {} is not there", spec_.topic));
  SLUICE_ASSIGN(topic_id_, kafka::TopicId(reader_->handle(), spec_.topic));
  watch_.Watch(spec_.topic, count);
  partitions_.resize(std::max(partitions_.size(), static_cast<size_t>(count)));
  for (size_t i = 0; i < partitions_.size(); ++i) {
    if (partitions_[i].epoch == 0) SLUICE_TRY(ClaimPartition(i));
    SLUICE_TRY(CheckTopic(i));
  }
  discover_at_ = now + kDiscoverEvery;
  return {};
}

// What has been brought in so far, by our log; taking it fences a run that another process still has.
Status KafkaSource::ClaimPartition(size_t partition) {
  SLUICE_ASSIGN(const OriginState origin, intake_.Claim(OriginOf(partition)));
  partitions_[partition] = {.epoch = origin.epoch, .next = origin.next, .topic_id = origin.answer};
  return {};
}

// Offsets of one topic mean nothing in another that has its name.
Status KafkaSource::CheckTopic(size_t partition) {
  Partition& at = partitions_[partition];
  if (at.next == 0 || at.topic_id.empty()) at.topic_id = topic_id_;
  if (topic_id_.empty() || at.topic_id == topic_id_) return {};
  return Status::Retry(fmt::format(
      "topic {} was deleted and made anew, and {} of partition {} of the one before were brought in. "
      "Give the source another name to bring in the new one from its beginning",
      spec_.topic, at.next, partition));
}

// The end as last heard lies below what was brought in: that is so, or old.
Status KafkaSource::CheckPlace(size_t partition) {
  SLUICE_ASSIGN(const auto ends, watch_.AskEnds(spec_.topic, static_cast<int>(partition)));
  const kafka::Offset next = partitions_[partition].next;
  if (next <= ends.high) return {};
  return Status::Retry(fmt::format(
      "topic {} partition {} ends at {}, but {} of it were brought in: was it made anew? Give the "
      "source another name to bring the new topic in",
      spec_.topic, partition, ends.high, next));
}

Result<std::optional<KafkaSource::Pending>> KafkaSource::ReadNext() {
  for (size_t tried = 0; tried < partitions_.size(); ++tried) {
    const size_t index = turn_;
    turn_ = (turn_ + 1) % partitions_.size();
    const Partition& partition = partitions_[index];
    SLUICE_ASSIGN(const auto ends, watch_.EndsOf(spec_.topic, static_cast<int>(index)));
    if (partition.next > ends.high) {
      discover_at_ = kMinTime;  // it may be another topic
      SLUICE_TRY(CheckPlace(index));
    }
    const kafka::Offset from = std::max(partition.next, ends.low);
    if (from >= ends.high) continue;
    if (from > partition.next && partition.next > 0) {
      Event(Level::warn, Name(),
            fmt::format("topic {} partition {}: offsets {} to {} were deleted before they were brought in",
                        spec_.topic, index, partition.next, from - 1));
    }
    SLUICE_ASSIGN(const kafka::Fetched fetched,
                  reader_->Read(spec_.topic, static_cast<int>(index), from, ends.high, kReadBytes));
    watch_.Reached(spec_.topic, static_cast<int>(index), fetched.next);
    if (fetched.next == partition.next) continue;
    return std::optional(Pending{.partition = index,
                                 .batch = Decode(index, fetched),
                                 .step = {.origin = OriginOf(index),
                                          .epoch = partition.epoch,
                                          .from = partition.next,
                                          .next = fetched.next,
                                          .fingerprint = {},
                                          .answer = partition.topic_id,
                                          .expires = std::nullopt}});
  }
  return std::optional<Pending>();
}

Batch KafkaSource::Decode(size_t partition, const kafka::Fetched& fetched) {
  BatchBuilder out(intake_.stream(), INT64_MAX, INT64_MAX);
  std::vector<int64_t> ends;  // of each record's entries
  for (const kafka::Message& record : fetched.records) {
    decoder_->Decode(Bytes(record->key, record->key_len), Bytes(record->payload, record->len), out);
    ends.push_back(out.Count());
  }
  Batch batch = out.Finish();
  // A codec knows lines; a record is found again by its offset.
  size_t record = 0;
  for (DeadEntry& dead : batch.dead) {
    while (ends[record] <= dead.at) ++record;
    dead.source = fmt::format("{} {}/{}@{}", Name(), spec_.topic, partition, fetched.records[record]->offset);
  }
  return batch;
}

StepResult KafkaSource::Send(Timestamp now) {
  const Status taken = delivery_.Offer(pending_->batch, pending_->step);
  // Woken by the completion; one that came inside the call is seen at once.
  if (taken.ok()) return {delivery_.UnderWay() ? kMaxTime : now, true};
  SetHealth(taken);
  if (taken.code() != Code::retry) return {kMaxTime, false};
  retry_at_ = now + kFullRetryAfter;
  return {retry_at_, false};
}

bool KafkaSource::Acknowledge(Timestamp now) {
  const std::optional<AppendOutcome> outcome = delivery_.Take();
  if (!outcome) return false;
  switch (outcome->kind) {
    case AppendOutcome::done:
    case AppendOutcome::already:
      partitions_[pending_->partition].next = pending_->step.next;
      pending_.reset();
      SetHealth({});
      break;
    case AppendOutcome::lost:
      SetHealth(Status::Lost("another process reads topic " + spec_.topic + " for this source"));
      break;
    case AppendOutcome::conflict:
      SetHealth(Status::Fatal("the log holds other readings of topic " + spec_.topic + " at this place"));
      break;
    case AppendOutcome::failed:
      SetHealth(outcome->status);
      retry_at_ = now + kRetryAfter;
      break;
  }
  return true;
}

bool KafkaSource::Refused() const {
  const MutexLock lock(mutex_);
  return !health_.ok() && health_.code() != Code::retry;
}

void KafkaSource::SetHealth(Status status) {
  const MutexLock lock(mutex_);
  health_ = std::move(status);
}

Status KafkaSource::Health() const {
  const MutexLock lock(mutex_);
  return health_;
}

}  // namespace sluice
