// The input of what reads from Kafka: makes a topic as ours are made and fills it with the readings of
// input.h, a JSON record each, keyed by sensor. Includes nothing of ours. kafka_fill BROKERS TOPIC PARTITIONS
// COUNT
#include <librdkafka/rdkafka.h>

#include "input.h"
#include "measure.h"

namespace {

constexpr const char* kUsage = "kafka_fill BROKERS TOPIC PARTITIONS COUNT";
constexpr int kPatienceMs = 30'000;

void Set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  char why[256];
  if (rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) bench::Fail(why);
}

void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* record, void*) {
  if (record->err != RD_KAFKA_RESP_ERR_NO_ERROR) bench::Fail(rd_kafka_err2str(record->err));
}

rd_kafka_t* MakeProducer(const std::string& brokers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : {std::pair<const char*, std::string>{"bootstrap.servers", brokers},
                                    {"compression.codec", "lz4"},
                                    {"partitioner", "murmur2_random"},
                                    {"linger.ms", "50"},
                                    {"batch.num.messages", "100000"},
                                    {"queue.buffering.max.messages", "500000"}}) {
    Set(conf, name, value);
  }
  rd_kafka_conf_set_dr_msg_cb(conf, OnDelivery);
  char why[256];
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  if (producer == nullptr) bench::Fail(why);
  return producer;
}

void MakeTopic(rd_kafka_t* producer, const std::string& topic, int partitions) {
  char why[256];
  rd_kafka_NewTopic_t* wanted = rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, why, sizeof why);
  if (wanted == nullptr) bench::Fail(why);
  rd_kafka_NewTopic_set_config(wanted, "message.timestamp.type", "LogAppendTime");
  rd_kafka_queue_t* answers = rd_kafka_queue_new(producer);
  rd_kafka_CreateTopics(producer, &wanted, 1, nullptr, answers);
  rd_kafka_event_t* answer = rd_kafka_queue_poll(answers, kPatienceMs);
  const auto* made = answer == nullptr ? nullptr : rd_kafka_event_CreateTopics_result(answer);
  if (made == nullptr) bench::Fail("no answer about topic " + topic);
  size_t count = 0;
  const rd_kafka_topic_result_t** topics = rd_kafka_CreateTopics_result_topics(made, &count);
  for (size_t i = 0; i < count; ++i) {
    const char* refused = rd_kafka_topic_result_error_string(topics[i]);
    if (rd_kafka_topic_result_error(topics[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) bench::Fail(refused);
  }
  rd_kafka_event_destroy(answer);
  rd_kafka_queue_destroy(answers);
  rd_kafka_NewTopic_destroy(wanted);
}

void Produce(rd_kafka_t* producer, rd_kafka_topic_t* topic, int64_t at) {
  std::string line = bench::ReadingLine(at);
  line.pop_back();
  const std::string key = line.substr(line.find("sensor-"), 9);
  while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, line.data(), line.size(),
                          key.data(), key.size(), nullptr) != 0) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      bench::Fail(rd_kafka_err2str(rd_kafka_last_error()));
    }
    rd_kafka_poll(producer, 10);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = bench::Argument(argc, argv, 2, kUsage);
  rd_kafka_t* producer = MakeProducer(bench::Argument(argc, argv, 1, kUsage));
  MakeTopic(producer, name, static_cast<int>(bench::Number(argc, argv, 3, kUsage)));
  const int64_t count = bench::Number(argc, argv, 4, kUsage);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer, name.c_str(), nullptr);
  const bench::Stopwatch watch;
  for (int64_t i = 0; i < count; ++i) {
    Produce(producer, topic, i);
    if (i % 1000 == 0) rd_kafka_poll(producer, 0);
  }
  if (rd_kafka_flush(producer, kPatienceMs) != RD_KAFKA_RESP_ERR_NO_ERROR)
    bench::Fail("not all is delivered");
  bench::PrintRun(watch, double(count));
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(producer);
}
