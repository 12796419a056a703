#include "log/kafka/control_topic.h"

#include <array>
#include <chrono>

#include <fmt/format.h>

#include "log/kafka/topics.h"

namespace sluice::kafka {
namespace {

constexpr int kReadMs = 5'000;
// Without a new record: somebody's open transaction is decided within its time limit at the latest.
constexpr auto kCatchUpWithin = std::chrono::seconds(30);
constexpr size_t kRecordsAtOnce = 1'000;

const Settings kConsumer = {{"isolation.level", "read_committed"}, {"enable.partition.eof", "true"},
                            {"auto.offset.reset", "error"},        {"enable.auto.offset.store", "false"},
                            {"enable.auto.commit", "false"},       {"check.crcs", "true"},
                            {"fetch.wait.max.ms", "500"},          {"fetch.error.backoff.ms", "100"}};
// The level makes it ask for the true end of a partition, open transactions included.
const Settings kProducer = {{"enable.idempotence", "true"},
                            {"linger.ms", "0"},
                            {"message.timeout.ms", "5000"},
                            {"message.max.bytes", "16777216"},
                            {"isolation.level", "read_uncommitted"}};

struct Written {
  size_t open = 0;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::vector<Offset> offsets;
};

void OnRecordDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  auto& [written, index] = *static_cast<std::pair<Written*, size_t>*>(message->_private);
  --written->open;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) written->error = message->err;
  written->offsets[index] = message->offset;
}

}  // namespace

ControlTopic::ControlTopic(std::string name, Handle consumer, Producer producer, KeyTable& keys,
                           const Clock& clock)
    : name_(std::move(name)),
      consumer_(std::move(consumer)),
      producer_(std::move(producer)),
      queue_(rd_kafka_queue_new(consumer_.get())),
      clock_(clock),
      ledger_(keys) {}

ControlTopic::~ControlTopic() {
  if (topic_ == nullptr) return;
  for (const int partition : {kStepsPartition, kClaimsPartition}) {
    (void)rd_kafka_consume_stop(topic_.get(), partition);
  }
}

Result<std::unique_ptr<ControlTopic>> ControlTopic::Open(const Settings& cluster, const std::string& topic,
                                                         int replication, bool create, KeyTable& keys,
                                                         const Clock& clock) {
  SLUICE_ASSIGN(Handle consumer, MakeConsumer(cluster, kConsumer));
  SLUICE_ASSIGN(Producer producer, MakeProducer(cluster, kProducer, OnRecordDelivery));
  SLUICE_ASSIGN(int partitions, PartitionsOf(consumer.get(), topic));
  if (partitions == 0 && create) {
    const TopicPlan plan{.name = topic,
                         .partitions = 2,
                         .replication = replication,
                         .config = {{"cleanup.policy", "compact"},
                                    {"min.compaction.lag.ms", "3600000"},
                                    {"segment.ms", "3600000"},
                                    {"max.message.bytes", "16777216"},
                                    {"message.timestamp.type", "LogAppendTime"}}};
    SLUICE_TRY(StatusOf(CreateTopic(consumer.get(), plan)));
    partitions = 2;
  }
  if (partitions == 0) {
    return Status::Retry(
        fmt::format("topic {} is not there, and create_topics = false: make it with 2 partitions and "
                    "cleanup.policy=compact, for the log's own records",
                    topic));
  }
  if (partitions != 2) {
    return Status::Reject(
        fmt::format("topic {} has {} partitions and must have 2, and cleanup.policy=compact: it holds the "
                    "log's own records",
                    topic, partitions));
  }
  std::unique_ptr<ControlTopic> opened(
      new ControlTopic(topic, std::move(consumer), std::move(producer), keys, clock));
  SLUICE_TRY(opened->Start());
  return opened;
}

Status ControlTopic::CheckThere(const Settings& cluster, const std::string& topic) {
  SLUICE_ASSIGN(const Handle consumer, MakeConsumer(cluster, kConsumer));
  SLUICE_ASSIGN(const int partitions, PartitionsOf(consumer.get(), topic));
  if (partitions > 0) return {};
  return Status::Reject(fmt::format(
      "no data in Kafka: there is no topic {}. Has the pipeline run? `sluice run` starts it", topic));
}

Status ControlTopic::Start() {
  topic_.reset(rd_kafka_topic_new(consumer_.get(), name_.c_str(), nullptr));
  for (const int partition : {kStepsPartition, kClaimsPartition}) {
    int64_t low = 0;
    int64_t high = 0;
    const auto code =
        rd_kafka_query_watermark_offsets(consumer_.get(), name_.c_str(), partition, &low, &high, kReadMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return FromCode(code, "reading topic " + name_);
    read_[partition] = low;
    if (rd_kafka_consume_start_queue(topic_.get(), partition, low, queue_.get()) != 0) {
      return FromCode(rd_kafka_last_error(), "reading topic " + name_);
    }
  }
  return {};
}

Result<std::vector<Offset>> ControlTopic::Write(const std::vector<ControlRecord>& records) {
  const std::string doing = "writing to topic " + name_;
  Written written{.open = records.size(), .offsets = std::vector<Offset>(records.size())};
  std::vector<std::pair<Written*, size_t>> places;
  for (size_t i = 0; i < records.size(); ++i) places.emplace_back(&written, i);
  size_t asked = 0;
  for (; asked < records.size() && written.error == RD_KAFKA_RESP_ERR_NO_ERROR; ++asked) {
    const auto& [key, value] = records[asked];
    void* const bytes = value ? const_cast<char*>(value->data()) : nullptr;
    const size_t size = value ? value->size() : 0;
    const auto code = rd_kafka_producev(
        producer_.get(), RD_KAFKA_V_TOPIC(name_.c_str()), RD_KAFKA_V_PARTITION(kClaimsPartition),
        RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(bytes, size),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(&places[asked]), RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      written.error = code;
      break;
    }
  }
  written.open -= records.size() - asked;
  // Each is delivered or given up within message.timeout.ms: none outlives this call.
  while (written.open > 0) rd_kafka_poll(producer_.get(), 100);
  if (written.error != RD_KAFKA_RESP_ERR_NO_ERROR) return FromCode(written.error, doing);
  return std::move(written.offsets);
}

Result<Offset> ControlTopic::EndOf(int partition) {
  int64_t low = 0;
  int64_t high = 0;
  const auto code =
      rd_kafka_query_watermark_offsets(producer_.get(), name_.c_str(), partition, &low, &high, kReadMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return FromCode(code, "reading topic " + name_);
  return high;
}

Status ControlTopic::CatchUp() {
  SLUICE_TRY(ReadToEnd(kClaimsPartition));
  return ReadToEnd(kStepsPartition);
}

Status ControlTopic::CatchUpClaims() { return ReadToEnd(kClaimsPartition); }

Status ControlTopic::ReadToEnd(int partition) {
  auto deadline = std::chrono::steady_clock::now() + kCatchUpWithin;
  SLUICE_ASSIGN(const Offset end, EndOf(partition));
  if (end < read_[partition]) {
    return Status::Reject(
        fmt::format("topic {} ends before what was read of it: was it deleted or truncated? It is what keeps "
                    "sources exact: bring it back, or start with another topic_prefix",
                    name_));
  }
  while (read_[partition] < end) {
    const Offset before = read_[partition];
    SLUICE_TRY(Take(100));
    const auto now = std::chrono::steady_clock::now();
    if (read_[partition] > before) deadline = now + kCatchUpWithin;
    if (now > deadline) {
      return Status::Retry("topic " + name_ + " cannot be read to its end: a transaction is open");
    }
  }
  return {};
}

Status ControlTopic::Take(int timeout_ms) {
  if (go_back_) SLUICE_TRY(GoBack());
  std::array<rd_kafka_message_t*, kRecordsAtOnce> taken{};
  ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 0, taken.data(), taken.size());
  if (count == 0 && timeout_ms > 0) {
    count = rd_kafka_consume_batch_queue(queue_.get(), timeout_ms, taken.data(), 1);
  }
  Status status;
  for (ssize_t i = 0; i < count; ++i) {
    const Message message(taken[static_cast<size_t>(i)]);
    if (go_back_) continue;
    const Status one = TakeOne(*message);
    if (status.ok()) status = one;
  }
  return status;
}

Status ControlTopic::TakeOne(const rd_kafka_message_t& message) {
  const bool at_end = message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    return Status::Reject("topic " + name_ + " was truncated beneath what was read of it");
  }
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && !at_end) return {};
  Offset& read = read_[message.partition];
  if (at_end) {
    read = std::max(read, message.offset);
    return {};
  }
  if (message.offset < read) return {};
  std::optional<std::string_view> value;
  if (message.payload != nullptr) value.emplace(static_cast<const char*>(message.payload), message.len);
  const std::string_view key(static_cast<const char*>(message.key), message.key_len);
  const auto added = ledger_.Add(message.partition, message.offset, key, value, clock_.Now());
  go_back_ = !added.ok();
  if (added.ok()) read = message.offset + 1;
  return StatusOf(added);
}

// To what was read last: what came behind it, and was not taken, comes again.
Status ControlTopic::GoBack() {
  for (const int partition : {kStepsPartition, kClaimsPartition}) {
    const auto code = rd_kafka_seek(topic_.get(), partition, read_[partition], kReadMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return FromCode(code, "reading topic " + name_);
  }
  go_back_ = false;
  return {};
}

}  // namespace sluice::kafka
