#include "log/kafka/topics.h"

#include <array>
#include <memory>

#include <fmt/format.h>

namespace sluice::kafka {
namespace {

constexpr int kAnswerMs = 5'000;
constexpr int kTries = 50;  // of a look at a topic that is being made, kPauseMs each
constexpr int kPauseMs = 100;

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, decltype(&rd_kafka_NewTopic_destroy)>;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, decltype(&rd_kafka_AdminOptions_destroy)>;
using ConfigResource = std::unique_ptr<rd_kafka_ConfigResource_t, decltype(&rd_kafka_ConfigResource_destroy)>;
using TopicNames = std::unique_ptr<rd_kafka_TopicCollection_t, decltype(&rd_kafka_TopicCollection_destroy)>;
using Metadata = std::unique_ptr<const struct rd_kafka_metadata, decltype(&rd_kafka_metadata_destroy)>;

// The answer to an admin call, or why there is none.
Result<KafkaEvent> Await(rd_kafka_queue_t* queue, const std::string& doing) {
  KafkaEvent event(rd_kafka_queue_poll(queue, kAnswerMs + 1'000));
  if (event == nullptr) return Status::Retry(doing + ": the broker does not answer");
  if (const auto code = rd_kafka_event_error(event.get())) return FromCode(code, doing);
  return event;
}

AdminOptions OptionsFor(rd_kafka_t* handle, rd_kafka_admin_op_t operation) {
  AdminOptions options(rd_kafka_AdminOptions_new(handle, operation), &rd_kafka_AdminOptions_destroy);
  std::array<char, 256> words{};
  (void)rd_kafka_AdminOptions_set_request_timeout(options.get(), kAnswerMs, words.data(), words.size());
  return options;
}

// Every partition has a leader.
Result<bool> Ready(rd_kafka_t* consumer, const std::string& topic) {
  const Topic handle(rd_kafka_topic_new(consumer, topic.c_str(), nullptr));
  const struct rd_kafka_metadata* found = nullptr;
  const auto code = rd_kafka_metadata(consumer, 0, handle.get(), &found, kAnswerMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return FromCode(code, "asking for topic " + topic);
  const Metadata metadata(found, &rd_kafka_metadata_destroy);
  if (metadata->topic_cnt != 1 || metadata->topics[0].err != 0) return false;
  for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
    if (metadata->topics[0].partitions[i].leader < 0) return false;
  }
  return metadata->topics[0].partition_cnt > 0;
}

Status AwaitReady(rd_kafka_t* consumer, const std::string& topic) {
  for (int i = 0; i < kTries; ++i) {
    SLUICE_ASSIGN(const bool ready, Ready(consumer, topic));
    if (ready) return {};
    rd_kafka_poll(consumer, kPauseMs);
  }
  return Status::Retry(fmt::format("topic {} has no leaders yet", topic));
}

}  // namespace

Result<int> PartitionsOf(rd_kafka_t* consumer, const std::string& topic) {
  const Topic handle(rd_kafka_topic_new(consumer, topic.c_str(), nullptr));
  const struct rd_kafka_metadata* found = nullptr;
  const auto code = rd_kafka_metadata(consumer, 0, handle.get(), &found, kAnswerMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return FromCode(code, "asking for topic " + topic);
  const Metadata metadata(found, &rd_kafka_metadata_destroy);
  if (metadata->topic_cnt != 1) return Status::Retry("asking for topic " + topic + ": no answer");
  const rd_kafka_metadata_topic_t& answer = metadata->topics[0];
  if (answer.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return 0;
  if (answer.err != RD_KAFKA_RESP_ERR_NO_ERROR) return FromCode(answer.err, "asking for topic " + topic);
  return answer.partition_cnt;
}

Result<bool> CreateTopic(rd_kafka_t* consumer, const TopicPlan& plan) {
  const std::string doing = "making topic " + plan.name;
  std::array<char, 512> words{};
  const NewTopic topic(
      rd_kafka_NewTopic_new(plan.name.c_str(), plan.partitions, plan.replication, words.data(), words.size()),
      &rd_kafka_NewTopic_destroy);
  if (topic == nullptr) return Status::Reject(fmt::format("{}: {}", doing, words.data()));
  for (const auto& [name, value] : plan.config) {
    (void)rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  const KafkaQueue queue(rd_kafka_queue_new(consumer));
  const AdminOptions options = OptionsFor(consumer, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  std::array<rd_kafka_NewTopic_t*, 1> topics{topic.get()};
  rd_kafka_CreateTopics(consumer, topics.data(), topics.size(), options.get(), queue.get());
  SLUICE_ASSIGN(const KafkaEvent event, Await(queue.get(), doing));
  size_t count = 0;
  const auto* const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return Status::Retry(doing + ": the broker said nothing of it");
  const auto code = rd_kafka_topic_result_error(results[0]);
  const bool there = code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR && !there) {
    const char* const why = rd_kafka_topic_result_error_string(results[0]);
    return FromCode(code, why == nullptr ? doing : fmt::format("{} ({})", doing, why));
  }
  SLUICE_TRY(AwaitReady(consumer, plan.name));
  return !there;
}

Result<std::string> TopicId(rd_kafka_t* consumer, const std::string& topic) {
  const std::string doing = "asking for the id of topic " + topic;
  std::array<const char*, 1> names{topic.c_str()};
  const TopicNames asked(rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()),
                         &rd_kafka_TopicCollection_destroy);
  const KafkaQueue queue(rd_kafka_queue_new(consumer));
  const AdminOptions options = OptionsFor(consumer, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
  rd_kafka_DescribeTopics(consumer, asked.get(), options.get(), queue.get());
  const Result<KafkaEvent> event = Await(queue.get(), doing);
  if (!event.ok()) return Passing(event.status());
  size_t count = 0;
  const auto* const results =
      rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event->get()), &count);
  if (count != 1) return Status::Retry(doing + ": no answer");
  const auto code = rd_kafka_error_code(rd_kafka_TopicDescription_error(results[0]));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return Passing(FromCode(code, doing));
  const rd_kafka_Uuid_t* const id = rd_kafka_TopicDescription_topic_id(results[0]);
  if (rd_kafka_Uuid_least_significant_bits(id) == 0 && rd_kafka_Uuid_most_significant_bits(id) == 0)
    return std::string();
  return std::string(rd_kafka_Uuid_base64str(id));
}

Result<std::map<std::string, std::string>> ConfigOf(rd_kafka_t* consumer, const std::string& topic) {
  const std::string doing = "asking for the settings of topic " + topic;
  const ConfigResource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()),
                                &rd_kafka_ConfigResource_destroy);
  const KafkaQueue queue(rd_kafka_queue_new(consumer));
  const AdminOptions options = OptionsFor(consumer, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  std::array<rd_kafka_ConfigResource_t*, 1> asked{resource.get()};
  rd_kafka_DescribeConfigs(consumer, asked.data(), asked.size(), options.get(), queue.get());
  SLUICE_ASSIGN(const KafkaEvent event, Await(queue.get(), doing));
  size_t count = 0;
  const auto* const results =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1) return Status::Retry(doing + ": no answer");
  if (const auto code = rd_kafka_ConfigResource_error(results[0])) return FromCode(code, doing);
  const auto* const entries = rd_kafka_ConfigResource_configs(results[0], &count);
  std::map<std::string, std::string> config;
  for (size_t i = 0; i < count; ++i) {
    const char* const value = rd_kafka_ConfigEntry_value(entries[i]);
    config[rd_kafka_ConfigEntry_name(entries[i])] = value == nullptr ? "" : value;
  }
  return config;
}

}  // namespace sluice::kafka
