#include "log/kafka/transactions.h"

#include <chrono>

#include <fmt/format.h>

namespace sluice::kafka {
namespace {

using Steady = std::chrono::steady_clock;
using Error = std::unique_ptr<rd_kafka_error_t, decltype(&rd_kafka_error_destroy)>;

constexpr int kStepMs = 5'000;
constexpr auto kOpenWithin = std::chrono::seconds(15);
// A little more than the time limit of a transaction: then the broker has decided it.
constexpr auto kCommitWithin = std::chrono::seconds(15);

Settings ProducerSettings(const std::string& name, const std::string& compression) {
  Settings settings = {
      {"enable.idempotence", "true"},           {"linger.ms", "1"},
      {"message.max.bytes", "17825792"},        {"batch.size", "900000"},
      {"batch.num.messages", "100000"},         {"queue.buffering.max.messages", "1000000"},
      {"queue.buffering.max.kbytes", "262144"}, {"topic.metadata.propagation.max.ms", "5000"}};
  if (!compression.empty()) settings.emplace_back("compression.type", compression);
  if (name.empty()) {
    settings.emplace_back("message.timeout.ms", "10000");
  } else {
    settings.emplace_back("transactional.id", name);
    settings.emplace_back("transaction.timeout.ms", "10000");
  }
  return settings;
}

Error Held(rd_kafka_error_t* error) { return {error, &rd_kafka_error_destroy}; }

Status FailureOf(const Error& error, const std::string& doing) {
  const Status status = FromCode(rd_kafka_error_code(error.get()), doing);
  return {status.code(), fmt::format("{}: {}", doing, rd_kafka_error_string(error.get()))};
}

Status Init(rd_kafka_t* handle, const std::string& name) {
  const std::string doing = "opening a session as " + name;
  const auto deadline = Steady::now() + kOpenWithin;
  while (true) {
    const Error error = Held(rd_kafka_init_transactions(handle, kStepMs));
    if (error == nullptr) return {};
    if (!rd_kafka_error_is_retriable(error.get()) || Steady::now() > deadline) return FailureOf(error, doing);
  }
}

}  // namespace

Result<std::unique_ptr<Transactions>> Transactions::Open(const Settings& cluster, const std::string& name,
                                                         const std::string& compression,
                                                         DeliveryReport report) {
  SLUICE_ASSIGN(Producer handle, MakeProducer(cluster, ProducerSettings(name, compression), report));
  if (!name.empty()) SLUICE_TRY(Init(handle.get(), name));
  return std::unique_ptr<Transactions>(new Transactions(std::move(handle), !name.empty()));
}

Status Transactions::Fence(const Settings& cluster, const std::string& name) {
  SLUICE_ASSIGN(const Producer handle, MakeProducer(cluster, ProducerSettings(name, "")));
  return Init(handle.get(), name);
}

Status Transactions::Begin() {
  if (!transactional_) return {};
  const Error error = Held(rd_kafka_begin_transaction(handle_.get()));
  return error == nullptr ? Status() : FailureOf(error, "beginning a transaction");
}

rd_kafka_topic_t* Transactions::TopicFor(const std::string& name) {
  Topic& topic = topics_[name];
  if (topic == nullptr) topic.reset(rd_kafka_topic_new(handle_.get(), name.c_str(), nullptr));
  return topic.get();
}

Status Transactions::Produce(const std::string& topic, int partition, const Record& record) {
  rd_kafka_headers_t* headers = record.headers == nullptr ? nullptr : rd_kafka_headers_copy(record.headers);
  const void* const key = record.has_key ? record.key.data() : nullptr;
  void* const value = record.value ? const_cast<char*>(record.value->data()) : nullptr;
  const size_t size = record.value ? record.value->size() : 0;
  while (true) {
    const auto code = rd_kafka_producev(
        handle_.get(), RD_KAFKA_V_RKT(TopicFor(topic)), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_KEY(key, record.key.size()), RD_KAFKA_V_VALUE(value, size), RD_KAFKA_V_MSGFLAGS(0),
        RD_KAFKA_V_OPAQUE(record.opaque), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      if (headers != nullptr) rd_kafka_headers_destroy(headers);
      return FromCode(code, "writing to topic " + topic);
    }
    rd_kafka_poll(handle_.get(), 10);
  }
}

bool Transactions::Broken() const {
  return rd_kafka_fatal_error(handle_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

// Reports point into what is written: none may be outstanding when that goes.
void Transactions::AwaitReports() {
  const auto deadline = Steady::now() + kCommitWithin;
  while (rd_kafka_flush(handle_.get(), 500) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (!Broken() && Steady::now() < deadline) continue;
    rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }
}

Transactions::Outcome Transactions::Commit(Status& why) {
  const auto deadline = Steady::now() + kCommitWithin;
  if (!transactional_) {
    AwaitReports();
    return Outcome::committed;
  }
  while (rd_kafka_flush(handle_.get(), 500) != RD_KAFKA_RESP_ERR_NO_ERROR && Steady::now() < deadline) {
    if (Broken()) break;
  }
  while (true) {
    const Error error = Held(rd_kafka_commit_transaction(handle_.get(), kStepMs));
    if (error == nullptr) return Outcome::committed;
    why = FailureOf(error, "committing to Kafka");
    if (rd_kafka_error_txn_requires_abort(error.get())) return Abort();
    if (!rd_kafka_error_is_retriable(error.get()) || Steady::now() > deadline) return Outcome::unknown;
  }
}

Transactions::Outcome Transactions::Abort() {
  if (!transactional_) {
    AwaitReports();
    return Outcome::committed;
  }
  const auto deadline = Steady::now() + kCommitWithin;
  while (true) {
    const Error error = Held(rd_kafka_abort_transaction(handle_.get(), kStepMs));
    if (error == nullptr) return Outcome::aborted;
    if (!rd_kafka_error_is_retriable(error.get()) || Steady::now() > deadline) return Outcome::unknown;
  }
}

}  // namespace sluice::kafka
