// The log on Kafka: a topic per stream, a record per reading (docs/formats/kafka.md), origins in a topic of
// the log's own. Keeps the promises of log/log.h: appends are gathered while the last group is committed, and
// a group is one transaction together with its origin steps. Dead entries lie apart (Log::DeadStream). Owned
// by the app; thread-safe. A broker that is away is `retry`, from the start on, until it is there; a younger
// process of the same name is `fatal`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"
#include "platform/clock.h"

namespace sluice {

struct KafkaLogOptions {
  // librdkafka settings of the cluster: bootstrap.servers, security.protocol and what belongs to it.
  std::vector<std::pair<std::string, std::string>> cluster;
  std::string topic_prefix;
  bool create_topics = true;
  int replication = -1;  // of topics that are made; -1: the broker's default
  Duration retain = std::chrono::hours(24 * 7);
  int64_t max_bytes = -1;  // of a stream's topic; -1: no bound
  bool transactions = true;
  std::string compression = "lz4";
  bool look = false;          // nothing is made or written; a stream that nobody declared is empty
  bool skip_missing = false;  // positions go on behind a topic that was deleted or truncated
  // Names this process towards the brokers: a younger process of the same name takes over from it.
  std::string instance;
  // Where idempotency keys are kept while the process runs; empty: it appends nothing that has one.
  std::string key_directory;
  int64_t max_bytes_under_way = 64 << 20;              // taken and not yet durable
  int64_t read_ahead_bytes = 64 << 20;                 // fetched and not yet read, all partitions together
  Duration connect_within = std::chrono::seconds(10);  // of the opening; later it is tried in the background
  const Clock* clock = &SystemClock();                 // of expiring origins; outlives the log
  std::function<void(const std::string&)> report;      // hears of what is unusual: one sentence each
  std::function<void(const Status&)> waits = nullptr;  // hears what the opening waits for
};

Result<std::unique_ptr<Log>> OpenKafkaLog(KafkaLogOptions options);

}  // namespace sluice
