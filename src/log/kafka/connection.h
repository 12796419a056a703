// Connection: how to reach a Kafka cluster, as options that the log and sources of kind "kafka" share.
// Values.
#pragma once

#include <string>

#include "config/environment.h"
#include "config/options.h"
#include "log/kafka/client.h"

namespace sluice::kafka {

enum class Security { plaintext, tls, sasl_scram, aws_iam };

struct Connection {
  std::string brokers = "localhost:9092";
  Security security = Security::plaintext;
  std::string username;
  Secret password;
  std::string ca_file;
  std::string region;
};

// The AWS region to sign for: as configured, or in the brokers' own names, or this process's; "" when there
// is none.
std::string RegionOf(const Connection& connection, const Environment& environment);

void CheckConnection(const Connection& connection, Faults& faults);

// The options of a spec that derives from Connection; `table` goes on with its own.
template <class Spec>
OptionTable<Spec>& AddConnection(OptionTable<Spec>& table) {
  return table
      .Add("brokers", static_cast<std::string Spec::*>(&Connection::brokers),
           "where the cluster is found: host:port, several with commas")
      .AddChoice(
          "security", static_cast<Security Spec::*>(&Connection::security),
          {{"plaintext", Security::plaintext},
           {"tls", Security::tls},
           {"sasl-scram", Security::sasl_scram},
           {"aws-iam", Security::aws_iam}},
          "how to connect: unencrypted, TLS, TLS with a user name (SCRAM-SHA-512), or TLS with the AWS "
          "credentials of this process (Amazon MSK's IAM access control)")
      .Add("username", static_cast<std::string Spec::*>(&Connection::username), "user name for sasl-scram")
      .Add("password", static_cast<Secret Spec::*>(&Connection::password), "password for sasl-scram")
      .AddPath("ca_file", static_cast<std::string Spec::*>(&Connection::ca_file),
               "certificates of who may vouch for the brokers (PEM); without it the system's")
      .Add("region", static_cast<std::string Spec::*>(&Connection::region),
           "AWS region of the cluster, for aws-iam; without it that in the brokers' names, AWS_REGION or "
           "AWS_DEFAULT_REGION")
      .Check([](const Spec& spec, Faults& faults) { CheckConnection(spec, faults); });
}

// The settings of every client.
Settings SettingsOf(const Connection& connection);

}  // namespace sluice::kafka
