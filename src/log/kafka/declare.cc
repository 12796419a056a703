#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "log/embedded/catalog.h"
#include "log/kafka/log_impl.h"
#include "log/kafka/topics.h"

namespace sluice::kafka {
namespace {

constexpr int64_t kMaxRecord = 16 << 20;
// A record's batch header, its own lengths, its headers.
constexpr int64_t kRecordRoom = 1 << 10;

int64_t NumberIn(const std::map<std::string, std::string>& config, const char* name, int64_t otherwise) {
  const auto found = config.find(name);
  if (found == config.end()) return otherwise;
  int64_t number = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? number : otherwise;
}

int64_t Millis(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

Status KafkaLog::Introduce(Writer& writer) {
  std::vector<StreamSpec> specs;
  {
    const MutexLock lock(mutex_);
    id_ = writer.control().ledger().id();
    for (const auto& [name, stream] : streams_) specs.push_back(stream.target->spec);
  }
  for (const StreamSpec& spec : specs) SLUICE_TRY(MakeKnown(writer, spec));
  return {};
}

Status KafkaLog::MakeKnown(Writer& writer, StreamSpec spec) {
  SLUICE_TRY(writer.control().CatchUp());
  const std::string* const bytes = writer.control().ledger().StreamBytes(spec.name);
  const auto known = bytes == nullptr ? std::nullopt : embedded::DecodeStream(*bytes);
  if (bytes != nullptr && !known) {
    return Status::Reject("stream " + spec.name + ": its record in the origins topic is damaged");
  }
  if (options_.look && !known) return {};
  SLUICE_ASSIGN(spec.partitions, FitPartitions(spec, known ? &known->spec : nullptr));
  if (known) SLUICE_TRY(embedded::MayWiden(known->spec, spec));
  auto target = std::make_shared<StreamTarget>(spec);
  target->topic = TopicOf(options_.topic_prefix, spec.name);
  target->dead_topic = DeadTopicOf(target->topic);
  target->schema = SchemaName(spec);
  if (!options_.look) SLUICE_TRY(MakeFit(writer, *target, bytes));
  watch_.Watch(target->topic, spec.partitions);
  watch_.Watch(target->dead_topic, 1);
  SLUICE_ASSIGN(std::shared_ptr<SliceMaker> slices, SliceMaker::Make(spec));
  // Together: whoever finds the stream known also finds where its positions begin.
  const Ledger& ledger = writer.control().ledger();
  const MutexLock lock(mutex_);
  for (PartitionId p = 0; p < spec.partitions; ++p) {
    raises_[{target->topic, p}] = ledger.RaisesOf(target->topic, p);
  }
  raises_[{target->dead_topic, 0}] = ledger.RaisesOf(target->dead_topic, 0);
  for (const std::string& topic : {target->topic, target->dead_topic}) {
    topic_ids_[topic] = ledger.TopicIdOf(topic);
  }
  streams_[spec.name] = {.target = std::move(target), .slices = std::move(slices), .known = true};
  return {};
}

// A topic that is there is used as it is.
Result<int> KafkaLog::FitPartitions(const StreamSpec& spec, const StreamSpec* known) {
  const std::string topic = TopicOf(options_.topic_prefix, spec.name);
  SLUICE_ASSIGN(const int there, kafka::PartitionsOf(reader_->handle(), topic));
  if (there == 0) return std::max(spec.partitions, known == nullptr ? 0 : known->partitions);
  if (there != spec.partitions) {
    Report(fmt::format("topic {} has {} partitions, its stream {}: the topic is used as it is", topic, there,
                       spec.partitions));
  }
  if (known != nullptr && there > known->partitions) {
    Report(
        fmt::format("topic {} had {} partitions before: from now on some keys go to other partitions, and "
                    "what comes of them may overtake what came before",
                    topic, known->partitions));
  }
  return there;
}

// Topics and records as the stream wants them; `bytes`: the record that stands, if any.
Status KafkaLog::MakeFit(Writer& writer, StreamTarget& target, const std::string* bytes) {
  const StreamSpec& spec = target.spec;
  SLUICE_TRY(MakeTopic(target, bytes != nullptr));
  SLUICE_TRY(NoteTopic(writer, target.topic, spec.partitions));
  SLUICE_TRY(NoteTopic(writer, target.dead_topic, 1));
  SLUICE_TRY(CheckTopic(target));
  const std::string record = embedded::EncodeStream(spec, 1);
  if (bytes != nullptr && record == *bytes) return {};
  SLUICE_TRY(StatusOf(writer.control().Write({{control::StreamKey(spec.name), record}})));
  return writer.control().CatchUp();
}

TopicPlan KafkaLog::PlanFor(const std::string& topic, int partitions) const {
  // Log append time: with the time of events as record time a clock that is ahead makes the broker refuse
  // whole batches, and old readings are deleted within minutes.
  TopicPlan plan{.name = topic,
                 .partitions = partitions,
                 .replication = options_.replication,
                 .config = {{"cleanup.policy", "delete"},
                            {"message.timestamp.type", "LogAppendTime"},
                            {"retention.ms", fmt::format("{}", Millis(options_.retain))},
                            {"max.message.bytes", fmt::format("{}", kMaxRecord)}}};
  plan.config["retention.bytes"] =
      fmt::format("{}", options_.max_bytes < 0 ? -1 : std::max<int64_t>(1, options_.max_bytes / partitions));
  return plan;
}

Status KafkaLog::MakeTopic(const StreamTarget& target, bool was_known) {
  const std::vector<std::pair<std::string, int>> wanted = {{target.topic, target.spec.partitions},
                                                           {target.dead_topic, 1}};
  for (const auto& [topic, partitions] : wanted) {
    SLUICE_ASSIGN(const int there, kafka::PartitionsOf(reader_->handle(), topic));
    if (there == partitions) continue;
    if (there > 0) {
      return Status::Reject(
          fmt::format("topic {} has {} partitions and must have {}; give the log another topic_prefix", topic,
                      there, partitions));
    }
    if (was_known && !options_.skip_missing) {
      return Status::Reject(
          fmt::format("topic {} was deleted: what was not yet stored of it is lost. Set on_missing = "
                      "\"skip\" under [log] "
                      "to go on with an empty topic",
                      topic));
    }
    if (!options_.create_topics) {
      return Status::Retry(
          fmt::format("topic {} is not there, and create_topics = false: make it with {} "
                      "partitions",
                      topic, partitions));
    }
    SLUICE_TRY(StatusOf(CreateTopic(reader_->handle(), PlanFor(topic, partitions))));
  }
  return {};
}

// Positions of a topic with another id than before begin behind all that were given for the one before.
Status KafkaLog::NoteTopic(Writer& writer, const std::string& topic, int partitions) {
  SLUICE_ASSIGN(const std::string id, TopicId(reader_->handle(), topic));
  const Ledger& ledger = writer.control().ledger();
  const std::string known = ledger.TopicIdOf(topic);
  if (id.empty() || id == known) return {};
  std::vector<ControlRecord> records;
  if (!known.empty()) {
    if (!options_.skip_missing) {
      return Status::Reject(fmt::format(
          "topic {} was deleted and made anew: what was not yet stored of it is lost. Set on_missing = "
          "\"skip\" under [log] to go on with the new one",
          topic));
    }
    Report(fmt::format("topic {} was deleted and made anew; going on with the new one", topic));
    for (PartitionId partition = 0; partition < partitions; ++partition) {
      Raises raises = ledger.RaisesOf(topic, partition);
      raises.BeginAnew();
      records.push_back({control::RaisesKey(topic, partition), raises.Encode()});
    }
  }
  records.push_back({control::TopicKey(topic), id});
  SLUICE_TRY(Passing(StatusOf(writer.control().Write(records))));
  return Passing(writer.control().CatchUp());
}

// A topic is used as it is; what could cost readings is said.
Status KafkaLog::CheckTopic(StreamTarget& target) {
  target.max_record = kMaxRecord - kRecordRoom;
  const auto config = ConfigOf(reader_->handle(), target.topic);
  if (!config.ok()) {
    if (config.status().code() == Code::retry) return config.status();
    Report(fmt::format("{}; whether its retention fits is not known", config.status().message()));
    return {};
  }
  target.max_record = std::min(kMaxRecord, NumberIn(*config, "max.message.bytes", kMaxRecord)) - kRecordRoom;
  const auto found = config->find("message.timestamp.type");
  if (found != config->end() && found->second != "LogAppendTime") {
    Report(
        fmt::format("topic {} has message.timestamp.type={}: the clocks of its producers decide how long "
                    "readings are kept. LogAppendTime is safe",
                    target.topic, found->second));
  }
  const int64_t retention = NumberIn(*config, "retention.ms", -1);
  if (retention >= 0 && retention < Millis(options_.retain)) {
    Report(
        fmt::format("topic {} keeps readings for {} s (retention.ms), [log] retain says {} s: an outage that "
                    "is longer than that loses readings",
                    target.topic, retention / 1000, Millis(options_.retain) / 1000));
  }
  const auto policy = config->find("cleanup.policy");
  if (policy != config->end() && policy->second.find("compact") != std::string::npos) {
    Report(fmt::format("topic {} is compacted: readings that share a key are removed, stored or not",
                       target.topic));
  }
  return {};
}

}  // namespace sluice::kafka
