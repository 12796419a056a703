#include "log/kafka/connection.h"

namespace sluice::kafka {

void CheckConnection(const Connection& spec, Faults& faults) {
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

Settings SettingsOf(const Connection& spec) {
  Settings cluster = {{"bootstrap.servers", spec.brokers},  {"client.id", "sluice"},
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

}  // namespace sluice::kafka
