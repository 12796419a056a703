#include "log/kafka/kind.h"

#include "log/embedded/embedded_log.h"
#include "log/kafka/connection.h"
#include "log/kafka/group.h"
#include "log/kafka/topics.h"
#include "telemetry/events.h"

namespace sluice {
namespace {

struct KafkaLogSpec : kafka::Connection {
  std::string topic_prefix;
  bool create_topics = true;
  int replication = -1;
  bool transactions = true;
  std::string compression = "lz4";
  Duration retain = std::chrono::hours(24 * 7);
  std::optional<ByteSize> max_bytes;
  bool skip_missing = false;
};

OptionSet Options() {
  OptionTable<KafkaLogSpec> table;
  return kafka::AddConnection(table)
      .Add("topic_prefix", &KafkaLogSpec::topic_prefix, "a stream's topic is this and the stream's name")
      .Add("create_topics", &KafkaLogSpec::create_topics,
           "make topics that are missing; an existing one is used as it is")
      .Add("replication", &KafkaLogSpec::replication,
           "replicas of topics that are made; -1: what the brokers do by default", {.min = -1, .max = 100})
      .Add(
          "transactions", &KafkaLogSpec::transactions,
          "write what comes together in one transaction with how far its sources came; false answers sooner, "
          "and after a crash a source may bring readings a second time")
      .AddChoice("compression", &KafkaLogSpec::compression,
                 {{"lz4", "lz4"}, {"none", "none"}, {"gzip", "gzip"}, {"snappy", "snappy"}, {"zstd", "zstd"}},
                 "how records are compressed")
      .Add("retain", &KafkaLogSpec::retain,
           "how long topics that are made keep readings, stored or not: longer than any outage of a job")
      .Add("max_bytes", &KafkaLogSpec::max_bytes,
           "how much a topic that is made may hold; the oldest readings go first, stored or not",
           {.min = MiB(64)})
      .AddChoice("on_missing", &KafkaLogSpec::skip_missing, {{"stop", false}, {"skip", true}},
                 "when a job's position is not in this log (a topic was deleted or truncated): stop with a "
                 "message, or count what is missing as lost and go on");
}

Result<std::unique_ptr<Log>> Open(const ComponentSpec& component, const LogContext& context) {
  // A pipeline in virtual time has no cluster; what it is to show does not depend on where the log lies.
  if (context.virtual_time || context.in_memory) {
    return OpenEmbeddedLog({.directory = context.directory,
                            .max_bytes_under_way = context.memory.bytes / 2,
                            .memory_bytes = context.memory.bytes / 2,
                            .background = false,
                            .clock = &context.clock,
                            .file_system = MemoryFileSystem()});
  }
  const auto& spec = component.As<KafkaLogSpec>();
  return OpenKafkaLog({.cluster = kafka::SettingsOf(spec),
                       .topic_prefix = spec.topic_prefix,
                       .create_topics = spec.create_topics,
                       .replication = spec.replication,
                       .retain = spec.retain,
                       .max_bytes = spec.max_bytes ? spec.max_bytes->bytes : -1,
                       .transactions = spec.transactions,
                       .compression = spec.compression,
                       .look = context.look,
                       .skip_missing = spec.skip_missing,
                       .instance = context.instance,
                       .key_directory = context.appends ? context.directory + "/keys" : "",
                       .max_bytes_under_way = context.memory.bytes / 2,
                       .read_ahead_bytes = context.memory.bytes / 2,
                       .clock = &context.clock,
                       .report = [](const std::string& found) { Event(Level::warn, "log", found); },
                       .waits = context.waits});
}

Result<std::unique_ptr<Assignment>> Join(const ComponentSpec& component, const StreamSpec& stream,
                                         const std::string& job, const std::string& instance) {
  const auto& spec = component.As<KafkaLogSpec>();
  return kafka::JoinGroup({.cluster = kafka::SettingsOf(spec),
                           .group = spec.topic_prefix + "sluice." + job,
                           .topic = kafka::TopicOf(spec.topic_prefix, stream.name),
                           .instance = instance});
}

}  // namespace

LogKind KafkaLogKind() {
  return {.facts = {.name = "kafka",
                    .sentence = "on a Kafka cluster: a topic per stream, shared by any number of processes",
                    .options = Options(),
                    .default_partitions = 4},
          .open = &Open,
          .skips_missing =
              [](const ComponentSpec& component) { return component.As<KafkaLogSpec>().skip_missing; },
          .shared = true,
          .join = &Join};
}

}  // namespace sluice
