// Topics: their names, and their making and shape through the broker's admin calls. Blocking calls, a few
// seconds at most; any thread.
#pragma once

#include <map>
#include <string>

#include "log/kafka/client.h"

namespace sluice::kafka {

struct TopicPlan {
  std::string name;
  int partitions = 1;
  int replication = -1;  // -1: the broker's default
  std::map<std::string, std::string> config;
};

// The topic of a stream, of its dead entries, and of the log's own records.
inline std::string TopicOf(const std::string& prefix, const std::string& stream) { return prefix + stream; }
inline std::string DeadTopicOf(const std::string& topic) { return topic + ".dead"; }
inline std::string ControlTopicOf(const std::string& prefix) { return prefix + "sluice.origins"; }

// How many partitions a topic has; 0: there is no such topic. Never makes one. `consumer`: a consumer's
// handle.
Result<int> PartitionsOf(rd_kafka_t* consumer, const std::string& topic);

// Makes the topic and waits until its partitions have leaders. True: it was made now; false: it was there.
Result<bool> CreateTopic(rd_kafka_t* consumer, const TopicPlan& plan);

// Of a topic that was deleted and made anew it is another one. Empty: the broker has no ids (before 2.8).
// Every failure is retry.
Result<std::string> TopicId(rd_kafka_t* consumer, const std::string& topic);

// The settings of a topic as the broker knows them.
Result<std::map<std::string, std::string>> ConfigOf(rd_kafka_t* consumer, const std::string& topic);

}  // namespace sluice::kafka
