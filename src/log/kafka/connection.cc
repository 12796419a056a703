#include "log/kafka/connection.h"

#include <algorithm>

namespace sluice::kafka {
namespace {

bool IsRegion(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

// The region in a broker's name as MSK gives them, `b-1.plant.x1.c2.kafka.eu-west-1.amazonaws.com:9098`; ""
// when there is none.
std::string RegionInNames(std::string_view brokers) {
  while (!brokers.empty()) {
    const size_t end = std::min(brokers.find_first_of(":, \t"), brokers.size());
    std::string_view host = brokers.substr(0, end);
    brokers.remove_prefix(std::min(end + 1, brokers.size()));
    if (host.ends_with(".cn")) host.remove_suffix(3);
    if (!host.ends_with(".amazonaws.com")) continue;
    host.remove_suffix(std::string_view(".amazonaws.com").size());
    const size_t dot = host.rfind('.');
    if (dot == std::string_view::npos || !IsRegion(host.substr(dot + 1))) continue;
    const std::string_view service = host.substr(0, dot);
    if (service.ends_with(".kafka") || service.ends_with(".kafka-serverless")) {
      return std::string(host.substr(dot + 1));
    }
  }
  return "";
}

void CheckRegion(const Connection& spec, Faults& faults) {
  if (spec.security != Security::aws_iam) {
    if (!spec.region.empty()) faults.Add("region", "a region is only used with security = \"aws-iam\"");
    return;
  }
  const std::string region = RegionOf(spec, Environment::OfProcess());
  if (region.empty()) {
    faults.Add("region",
               "security = \"aws-iam\" needs the AWS region of the cluster: the brokers' names hold none",
               "write region = \"eu-west-1\", or set AWS_REGION");
  } else if (!IsRegion(region)) {
    faults.Add("region", "'" + region + "' is no AWS region", "regions look like eu-west-1");
  }
}

}  // namespace

std::string RegionOf(const Connection& spec, const Environment& environment) {
  std::string region = spec.region.empty() ? RegionInNames(spec.brokers) : spec.region;
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    const std::string* const value = environment.Find(name);
    if (region.empty() && value != nullptr) region = *value;
  }
  return region;
}

void CheckConnection(const Connection& spec, Faults& faults) {
  if (spec.brokers.empty()) faults.Add("brokers", "brokers must be host:port, several with commas");
  const bool scram = spec.security == Security::sasl_scram;
  if (scram && spec.username.empty()) faults.Add("username", "security = \"sasl-scram\" needs a username");
  if (scram && spec.password.empty()) faults.Add("password", "security = \"sasl-scram\" needs a password");
  if (!scram && !spec.username.empty()) {
    faults.Add("username", "a username is only used with security = \"sasl-scram\"");
  }
  if (spec.security == Security::plaintext && !spec.ca_file.empty()) {
    faults.Add("ca_file", "a ca_file is not used with security = \"plaintext\"");
  }
  CheckRegion(spec, faults);
}

Settings SettingsOf(const Connection& spec) {
  Settings cluster = {{"bootstrap.servers", spec.brokers},  {"client.id", "sluice"},
                      {"reconnect.backoff.max.ms", "1000"}, {"socket.nagle.disable", "true"},
                      {"socket.keepalive.enable", "true"},  {"allow.auto.create.topics", "false"}};
  if (spec.security == Security::plaintext) return cluster;
  cluster.emplace_back("security.protocol", spec.security == Security::tls ? "ssl" : "sasl_ssl");
  if (!spec.ca_file.empty()) cluster.emplace_back("ssl.ca.location", spec.ca_file);
  if (spec.security == Security::sasl_scram) {
    cluster.emplace_back("sasl.mechanism", "SCRAM-SHA-512");
    cluster.emplace_back("sasl.username", spec.username);
    cluster.emplace_back("sasl.password", spec.password.Reveal());
  }
  if (spec.security == Security::aws_iam) {
    cluster.emplace_back("sasl.mechanism", kTokenMechanism);
    cluster.emplace_back("sasl.oauthbearer.config", RegionOf(spec, Environment::OfProcess()));
  }
  return cluster;
}

}  // namespace sluice::kafka
