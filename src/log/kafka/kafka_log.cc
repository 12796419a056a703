#include "log/kafka/kafka_log.h"

#include <algorithm>
#include <set>

#include <arrow/api.h>
#include <fmt/format.h>

#include "log/dead_stream.h"
#include "log/kafka/log_impl.h"

namespace sluice {
namespace kafka {
namespace {
constexpr auto kTellEvery = std::chrono::milliseconds(100);
}

KafkaLog::KafkaLog(KafkaLogOptions options, std::unique_ptr<Reader> reader)
    : options_(std::move(options)),
      reader_(std::move(reader)),
      watch_(reader_->handle(), options_.cluster,
             {.grew = [this](const std::string& topic) { Grew(topic); },
              .report = [this](const std::string& sentence) { Report(sentence); }}),
      appender_(options_, {.opened = [this](Writer& writer) { return Introduce(writer); },
                           .committed = [this](const AppendWorks& works) { Committed(works); },
                           .caught_up =
                               [this](const Ledger& ledger) {
                                 if (ledger.place_records() != taken_) TakePlaces(ledger);
                               }}) {}

KafkaLog::~KafkaLog() {
  appender_.Stop();
  watch_.Stop();
}

Status KafkaLog::Open() {
  if (options_.look) return {};
  watch_.Start();
  appender_.Start();
  const auto deadline = std::chrono::steady_clock::now() + options_.connect_within;
  Status open = appender_.AwaitOpen(kTellEvery);
  while (open.code() == Code::retry && std::chrono::steady_clock::now() < deadline) {
    if (options_.waits) options_.waits(open);
    open = appender_.AwaitOpen(kTellEvery);
  }
  if (open.code() == Code::fatal) return Status::Reject(open.message());
  if (!open.ok()) Report(open.message());
  return {};
}

void KafkaLog::Report(const std::string& sentence) const {
  if (options_.report) options_.report(sentence);
}

std::string KafkaLog::Id() const {
  const MutexLock lock(mutex_);
  return id_;
}

std::optional<std::string> KafkaLog::DeadStream(const std::string& stream) const {
  return DeadStreamOf(stream);
}

Status KafkaLog::Declare(const StreamSpec& stream) {
  {
    const MutexLock lock(mutex_);
    Stream& declared = streams_[stream.name];
    if (declared.target == nullptr) declared.target = std::make_shared<StreamTarget>(stream);
  }
  const Status asked = appender_.AskBeforeAppends([&](Writer& writer) { return MakeKnown(writer, stream); });
  return asked.code() == Code::retry ? Status() : asked;
}

int KafkaLog::PartitionsOf(const StreamSpec& stream) const {
  const MutexLock lock(mutex_);
  const auto found = streams_.find(stream.name);
  const bool known = found != streams_.end() && found->second.known;
  return known ? found->second.target->spec.partitions : stream.partitions;
}

Result<KafkaLog::Place> KafkaLog::Find(const std::string& stream, PartitionId partition) const {
  const MutexLock lock(mutex_);
  Place place;
  place.dead = IsDeadStream(stream);
  const auto found = streams_.find(DeclaredStreamOf(stream));
  if (found == streams_.end()) return Status::Reject("the log has no stream " + stream);
  place.stream = found->second;
  if (!place.stream.known) {
    const Status health = appender_.Health();
    return health.ok() ? Status::Retry("stream " + stream + " is not known to Kafka yet") : health;
  }
  const int partitions = place.dead ? 1 : place.stream.target->spec.partitions;
  if (partition < 0 || partition >= partitions) {
    return Status::Reject(fmt::format("stream {} has no partition {}", stream, partition));
  }
  place.topic = place.dead ? place.stream.target->dead_topic : place.stream.target->topic;
  const auto raises = raises_.find({place.topic, partition});
  if (raises != raises_.end()) place.raises = raises->second;
  const auto id = topic_ids_.find(place.topic);
  if (id != topic_ids_.end()) place.topic_id = id->second;
  return place;
}

Status KafkaLog::Append(const std::string& stream, Batch batch, std::optional<OriginStep> step,
                        Completion completion) {
  SLUICE_ASSIGN(const Place place, Find(stream, 0));
  const StreamTarget& target = *place.stream.target;
  if (!batch.rows->schema()->Equals(*target.spec.RowSchema())) {
    return Status::Reject(fmt::format("the batch does not have the columns of stream {}", stream));
  }
  SLUICE_TRY(appender_.Admit(batch.ByteSize()));
  auto work = std::make_unique<AppendWork>();
  work->target = place.stream.target;
  work->records = target.writer.Write(std::move(batch), target.max_record);
  work->step = std::move(step);
  work->completion = std::move(completion);
  work->bytes = static_cast<int64_t>(work->records.bytes.size());
  for (const DeadEntry& dead : work->records.dead) work->bytes += static_cast<int64_t>(dead.bytes.size());
  return appender_.Add(std::move(work));
}

// What other processes have raised counts for the positions that this one tells.
void KafkaLog::TakePlaces(const Ledger& ledger) {
  taken_ = ledger.place_records();
  const MutexLock lock(mutex_);
  for (auto& [place, raises] : raises_) {
    raises = ledger.RaisesOf(place.first, place.second);
    topic_ids_[place.first] = ledger.TopicIdOf(place.first);
  }
}

void KafkaLog::Committed(const AppendWorks& works) {
  for (const auto& work : works) {
    if (!work->written || work->outcome.kind != AppendOutcome::done) continue;
    for (const Placed& run : work->outcome.placed) {
      const auto place = Find(work->target->spec.name, run.partition);
      if (!place.ok()) continue;
      watch_.Expect(place->topic, run.partition, place->raises.OffsetOf(run.first) + run.count);
    }
  }
}

void KafkaLog::Grew(const std::string& topic) {
  std::vector<Listener> listeners;
  std::string name;
  {
    const MutexLock lock(mutex_);
    listeners = listeners_;
    for (const auto& [stream, held] : streams_) {
      if (held.target->topic == topic || held.target->dead_topic == topic) name = stream;
    }
  }
  for (const Listener& listener : listeners) listener(name);
}

Result<OriginState> KafkaLog::Claim(const std::string& origin) {
  OriginState state;
  SLUICE_TRY(appender_.Ask([&](Writer& writer) -> Status {
    SLUICE_ASSIGN(state, writer.Claim(origin));
    return {};
  }));
  return state;
}

Ends KafkaLog::ToPositions(const Place& place, const OffsetEnds& ends) const {
  // No position is known before RaiseTo has said where the new topic's begin: whoever stands anywhere must
  // ask.
  if (place.raises.anew()) return {.low = 0, .high = -1};
  return {.low = place.raises.PositionOf(ends.low), .high = place.raises.PositionOf(ends.high)};
}

Result<Slice> KafkaLog::Read(const std::string& stream, PartitionId partition, Position from,
                             int64_t byte_budget) {
  SLUICE_ASSIGN(const Place place, Find(stream, partition));
  SLUICE_ASSIGN(OffsetEnds ends, watch_.EndsOf(place.topic, partition));
  Ends range = ToPositions(place, ends);
  if (from < range.low || from > range.high) {  // as far as is known; somebody else may know more
    SLUICE_ASSIGN(ends, watch_.AskEnds(place.topic, partition));
    range = ToPositions(place, ends);
  }
  if (from < range.low || from > range.high) {
    return Status::Reject(
        fmt::format("stream {} partition {}: position {} is outside what topic {} holds, {} to {}", stream,
                    partition, from, place.topic, range.low, range.high));
  }
  const Offset start = place.raises.OffsetOf(from);
  Fetched fetched{.records = {}, .next = start};
  if (start < ends.high) {
    SLUICE_ASSIGN(fetched, reader_->Read(place.topic, partition, start, ends.high, byte_budget));
    watch_.Reached(place.topic, partition, fetched.next);
  }
  if (place.dead) return place.stream.slices->Dead(fetched, place.raises, from, start);
  return place.stream.slices->Rows(fetched, place.raises, partition, from, start);
}

Result<Ends> KafkaLog::EndsOf(const std::string& stream, PartitionId partition) {
  SLUICE_ASSIGN(const Place place, Find(stream, partition));
  SLUICE_ASSIGN(const OffsetEnds ends, watch_.EndsOf(place.topic, partition));
  return ToPositions(place, ends);
}

// Who only looks connects when first asked: a question to the store alone does not wait for brokers.
Status KafkaLog::OpenToLook() {
  std::call_once(looking_, [this] {
    watch_.Start();
    appender_.Start();
  });
  const Status open = appender_.AwaitOpen(options_.connect_within);
  return open.code() == Code::fatal ? Status::Retry(open.message()) : open;
}

bool KafkaLog::IsUndeclared(const std::string& stream) const {
  const MutexLock lock(mutex_);
  const auto found = streams_.find(DeclaredStreamOf(stream));
  return found != streams_.end() && !found->second.known;
}

Result<Ends> KafkaLog::EndsNow(const std::string& stream, PartitionId partition) {
  if (options_.look) SLUICE_TRY(OpenToLook());
  if (options_.look && IsUndeclared(stream)) return Ends{};
  SLUICE_ASSIGN(const Place place, Find(stream, partition));
  SLUICE_ASSIGN(const OffsetEnds ends, watch_.AskSettledEnds(place.topic, partition));
  return ToPositions(place, ends);
}

Status KafkaLog::RaiseTo(const std::string& stream, PartitionId partition, Position next) {
  SLUICE_ASSIGN(const Place place, Find(stream, partition));
  SLUICE_ASSIGN(const std::string id, TopicId(reader_->handle(), place.topic));
  const bool as_it_was = !place.raises.anew() && (id.empty() || id == place.topic_id);
  SLUICE_ASSIGN(OffsetEnds ends, watch_.EndsOf(place.topic, partition));
  if (as_it_was && place.raises.PositionOf(ends.high) >= next) return {};
  // A grant that is away stops nobody: only what became of the topic does.
  return appender_.Ask([&](Writer& writer) -> Status {
    SLUICE_TRY(Passing(writer.control().CatchUp()));
    SLUICE_TRY(NoteTopic(writer, place.topic, place.dead ? 1 : place.stream.target->spec.partitions));
    const Ledger& ledger = writer.control().ledger();
    Raises raises = ledger.RaisesOf(place.topic, partition);
    SLUICE_ASSIGN(ends, watch_.AskEnds(place.topic, partition));
    const Position high = raises.PositionOf(ends.high);
    if (raises.anew() || high < next) {
      if (!options_.skip_missing) {
        return Status::Reject(fmt::format(
            "topic {} partition {} ends at position {}, but readings up to {} of it were stored: was it "
            "truncated? Set on_missing = \"skip\" under [log] to go on behind them",
            place.topic, partition, high, next));
      }
      raises.Raise(ends.high, next);
      SLUICE_TRY(Passing(
          StatusOf(writer.control().Write({{control::RaisesKey(place.topic, partition), raises.Encode()}}))));
      SLUICE_TRY(Passing(writer.control().CatchUp()));
    }
    TakePlaces(ledger);
    return {};
  });
}

void KafkaLog::Subscribe(Listener listener) {
  const MutexLock lock(mutex_);
  listeners_.push_back(std::move(listener));
}

Status KafkaLog::Health() const {
  SLUICE_TRY(appender_.Health());
  return watch_.Health();
}

}  // namespace kafka

Result<std::unique_ptr<Log>> OpenKafkaLog(KafkaLogOptions options) {
  SLUICE_ASSIGN(auto reader, kafka::Reader::Make(options.cluster, options.read_ahead_bytes));
  auto log = std::make_unique<kafka::KafkaLog>(std::move(options), std::move(reader));
  SLUICE_TRY(log->Open());
  return std::unique_ptr<Log>(std::move(log));
}

}  // namespace sluice
