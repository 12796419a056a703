// The edge to librdkafka: handles that are owned, settings that are checked, errors that become Status. Every
// other file of this folder talks to brokers through these. A handle may be used by any thread; what
// librdkafka says about its connections goes to telemetry, at debug, because each caller hears of its own
// failure.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "core/status.h"

namespace sluice::kafka {

// Names and values as librdkafka's CONFIGURATION.md lists them.
using Settings = std::vector<std::pair<std::string, std::string>>;
// A client with this sasl.mechanism logs in by AWS IAM; its sasl.oauthbearer.config is the cluster's region.
inline constexpr const char* kTokenMechanism = "OAUTHBEARER";

struct HandleDeleter {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
};
// Ends without a farewell to the broker or its group, and without waiting for what is under way.
struct AbruptDeleter {
  void operator()(rd_kafka_t* handle) const;
};
struct TopicDeleter {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
struct MessageDeleter {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
struct EventDeleter {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
struct QueueDeleter {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
using Handle = std::unique_ptr<rd_kafka_t, HandleDeleter>;
using Silent = std::unique_ptr<rd_kafka_t, AbruptDeleter>;  // of whoever leaves without a word
using Producer = Silent;
using Topic = std::unique_ptr<rd_kafka_topic_t, TopicDeleter>;
using Message = std::unique_ptr<rd_kafka_message_t, MessageDeleter>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;
using KafkaEvent = std::unique_ptr<rd_kafka_event_t, EventDeleter>;
using KafkaQueue = std::unique_ptr<rd_kafka_queue_t, QueueDeleter>;

// Called for each message of a producer when its fate is known, from whoever polls the producer.
using DeliveryReport = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void*);

// Later settings win over earlier ones. Reject: a setting that librdkafka does not take, with its words.
Result<Handle> MakeConsumer(const Settings& cluster, const Settings& own);
// A consumer whose rebalances come as events of its consumer queue.
Result<Silent> MakeGroupMember(const Settings& cluster, const Settings& own);
Result<Producer> MakeProducer(const Settings& cluster, const Settings& own, DeliveryReport report = nullptr);

// Whether the call failed, when what it gave does not matter.
template <class T>
Status StatusOf(const Result<T>& result) {
  return result.ok() ? Status() : result.status();
}

// retry, but for what trying again cannot help (no permission, an invalid topic): reject.
Status FromCode(rd_kafka_resp_err_t code, const std::string& doing);
// The same as retry: for who runs already. Grants come back, topics are made again.
Status Passing(const Status& status);

}  // namespace sluice::kafka
