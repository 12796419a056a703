// The comparator of P1: librdkafka hands over all records of a topic without transactions, from every
// partition's first to its end, in batches, and they are counted and thrown away. Committed records alone and
// checksums checked, as ours reads. kafka_drain BROKERS TOPIC
#include <librdkafka/rdkafka.h>

#include "../measure.h"

namespace {

constexpr const char* kUsage = "kafka_drain BROKERS TOPIC";
constexpr int kPatienceMs = 30'000;
constexpr size_t kAtOnce = 4'096;

void Set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  char why[256];
  if (rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) bench::Fail(why);
}

rd_kafka_t* MakeConsumer(const std::string& brokers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : {std::pair<const char*, std::string>{"bootstrap.servers", brokers},
                                    {"group.id", "drain"},
                                    {"isolation.level", "read_committed"},
                                    {"enable.auto.commit", "false"},
                                    {"enable.auto.offset.store", "false"},
                                    {"check.crcs", "true"},
                                    {"queued.min.messages", "1000000"},
                                    {"fetch.message.max.bytes", "4194304"}}) {
    Set(conf, name, value);
  }
  char why[256];
  rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
  if (consumer == nullptr) bench::Fail(why);
  rd_kafka_poll_set_consumer(consumer);
  return consumer;
}

int PartitionsOf(rd_kafka_t* consumer, const std::string& name) {
  rd_kafka_topic_t* topic = rd_kafka_topic_new(consumer, name.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(consumer, 0, topic, &metadata, kPatienceMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    bench::Fail("the broker does not know topic " + name);
  }
  const int partitions = metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(topic);
  return partitions;
}

void Assign(rd_kafka_t* consumer, const std::string& topic, int partitions) {
  rd_kafka_topic_partition_list_t* all = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(all, topic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  if (rd_kafka_assign(consumer, all) != RD_KAFKA_RESP_ERR_NO_ERROR) bench::Fail("no assignment");
  rd_kafka_topic_partition_list_destroy(all);
}

// How many records the partitions hold: there are neither gaps nor markers.
int64_t RecordsIn(rd_kafka_t* consumer, const std::string& topic, int partitions) {
  int64_t records = 0;
  for (int i = 0; i < partitions; ++i) {
    int64_t low = 0;
    int64_t high = 0;
    if (rd_kafka_query_watermark_offsets(consumer, topic.c_str(), i, &low, &high, kPatienceMs) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
      bench::Fail("no answer about the ends of topic " + topic);
    }
    records += high - low;
  }
  return records;
}

// The bytes of so many records.
double Drain(rd_kafka_t* consumer, int64_t left) {
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);
  rd_kafka_message_t* records[kAtOnce];
  double bytes = 0;
  while (left > 0) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue, 100, records, kAtOnce);
    if (count < 0) bench::Fail(rd_kafka_err2str(rd_kafka_last_error()));
    for (ssize_t i = 0; i < count; ++i) {
      if (records[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR) bench::Fail(rd_kafka_message_errstr(records[i]));
      bytes += double(records[i]->len);
      rd_kafka_message_destroy(records[i]);
    }
    left -= count;
  }
  rd_kafka_queue_destroy(queue);
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string topic = bench::Argument(argc, argv, 2, kUsage);
  rd_kafka_t* consumer = MakeConsumer(bench::Argument(argc, argv, 1, kUsage));
  const int partitions = PartitionsOf(consumer, topic);
  const int64_t records = RecordsIn(consumer, topic, partitions);
  const bench::Stopwatch watch;
  Assign(consumer, topic, partitions);
  const double bytes = Drain(consumer, records);
  bench::PrintRun(watch, double(records), {{"bytes", bytes}});
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}
