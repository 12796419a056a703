#include "log/kafka/kind.h"

#include <array>

#include <unistd.h>

#include "log/embedded/embedded_log.h"
#include "log/kafka/group.h"
#include "log/kafka/topics.h"
#include "telemetry/events.h"

namespace sluice {
namespace {

enum class Security { plaintext, tls, sasl_scram };

struct KafkaLogSpec {
  std::string brokers = "localhost:9092";
  std::string topic_prefix;
  bool create_topics = true;
  int replication = -1;
  bool transactions = true;
  std::string compression = "lz4";
  Duration retain = std::chrono::hours(24 * 7);
  std::optional<ByteSize> max_bytes;
  bool skip_missing = false;
  Security security = Security::plaintext;
  std::string username;
  Secret password;
  std::string ca_file;
};

void CheckSecurity(const KafkaLogSpec& spec, Faults& faults) {
  const bool scram = spec.security == Security::sasl_scram;
  if (scram && spec.username.empty()) faults.Add("username", "security = \"sasl-scram\" needs a username");
  if (scram && spec.password.empty()) faults.Add("password", "security = \"sasl-scram\" needs a password");
  if (!scram && !spec.username.empty()) {
    faults.Add("username", "a username is only used with security = \"sasl-scram\"");
  }
  if (spec.security == Security::plaintext && !spec.ca_file.empty()) {
    faults.Add("ca_file", "ca_file is only used with security = \"tls\" or \"sasl-scram\"");
  }
}

OptionSet Options() {
  return OptionTable<KafkaLogSpec>()
      .Add("brokers", &KafkaLogSpec::brokers, "where the cluster is found: host:port, several with commas")
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
                 "message, or count what is missing as lost and go on")
      .AddChoice(
          "security", &KafkaLogSpec::security,
          {{"plaintext", Security::plaintext}, {"tls", Security::tls}, {"sasl-scram", Security::sasl_scram}},
          "how to connect: unencrypted, TLS, or TLS with a user name (SCRAM-SHA-512)")
      .Add("username", &KafkaLogSpec::username, "user name for sasl-scram")
      .Add("password", &KafkaLogSpec::password, "password for sasl-scram")
      .AddPath("ca_file", &KafkaLogSpec::ca_file,
               "certificates of who may vouch for the brokers (PEM); without it the system's")
      .Check(&CheckSecurity);
}

std::vector<std::pair<std::string, std::string>> ClusterOf(const KafkaLogSpec& spec) {
  std::vector<std::pair<std::string, std::string>> cluster = {
      {"bootstrap.servers", spec.brokers},  {"client.id", "sluice"},
      {"reconnect.backoff.max.ms", "1000"}, {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"},  {"allow.auto.create.topics", "false"}};
  if (spec.security == Security::plaintext) return cluster;
  const bool scram = spec.security == Security::sasl_scram;
  cluster.emplace_back("security.protocol", scram ? "sasl_ssl" : "ssl");
  if (!spec.ca_file.empty()) cluster.emplace_back("ssl.ca.location", spec.ca_file);
  if (scram) {
    cluster.emplace_back("sasl.mechanism", "SCRAM-SHA-512");
    cluster.emplace_back("sasl.username", spec.username);
    cluster.emplace_back("sasl.password", spec.password.Reveal());
  }
  return cluster;
}

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
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
  return OpenKafkaLog({.cluster = ClusterOf(spec),
                       .topic_prefix = spec.topic_prefix,
                       .create_topics = spec.create_topics,
                       .replication = spec.replication,
                       .retain = spec.retain,
                       .max_bytes = spec.max_bytes ? spec.max_bytes->bytes : -1,
                       .transactions = spec.transactions,
                       .compression = spec.compression,
                       .skip_missing = spec.skip_missing,
                       .instance = context.instance.empty() ? HostName() : context.instance,
                       .max_bytes_under_way = context.memory.bytes / 2,
                       .read_ahead_bytes = context.memory.bytes / 2,
                       .clock = &context.clock,
                       .report = [](const std::string& found) { Event(Level::warn, "log", found); }});
}

Result<std::unique_ptr<Assignment>> Join(const ComponentSpec& component, const StreamSpec& stream,
                                         const std::string& job, const std::string& instance) {
  const auto& spec = component.As<KafkaLogSpec>();
  return kafka::JoinGroup({.cluster = ClusterOf(spec),
                           .group = spec.topic_prefix + "sluice." + job,
                           .topic = kafka::TopicOf(spec.topic_prefix, stream.name),
                           .instance = instance.empty() ? HostName() : instance});
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
