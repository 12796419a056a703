// A Kafka broker for the test program: the one that SLUICE_TEST_KAFKA names (a file of NAME=value lines, as
// tools/services.d/kafka prints them), otherwise one started for this program and stopped at its end. Each
// test has a topic prefix of its own.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include "log/kafka/kafka_log.h"
#include "platform/random.h"
#include "testing/source_tree.h"

namespace sluice {

class KafkaBroker {
 public:
  static KafkaBroker& Get() {
    static KafkaBroker broker;
    return broker;
  }

  // Why there is none; empty when there is one.
  const std::string& missing() const { return missing_; }
  const std::string& bootstrap() const { return bootstrap_; }

  static std::string FreshPrefix() { return "t" + RandomId().substr(0, 12) + "."; }

  KafkaLogOptions OptionsFor(const std::string& prefix, const std::string& instance,
                             const Clock& clock) const {
    return {.cluster = {{"bootstrap.servers", bootstrap_}, {"socket.nagle.disable", "true"}},
            .topic_prefix = prefix,
            .skip_missing = true,
            .instance = instance,
            .key_directory = "/tmp/sluice-test-keys-" + std::to_string(::getpid()),
            .clock = &clock};
  }

  // By a client that is not ours.
  bool DeleteTopic(const std::string& topic) const {
    const std::string python = InSourceTree(".deps/venv/bin/python -c ");
    const std::string script =
        "\"from confluent_kafka.admin import AdminClient; "
        "client = AdminClient({'bootstrap.servers': '" +
        bootstrap_ + "'}); client.delete_topics(['" + topic + "'])['" + topic + "'].result(10)\"";
    return std::system((python + script).c_str()) == 0;
  }

  // Until the last record of each key is a tombstone, by a client that is not ours.
  bool AwaitTombstones(const std::string& topic, const std::vector<std::string>& keys) const {
    const std::string python = InSourceTree(".deps/venv/bin/python ");
    std::string command =
        python + InSourceTree("tests/contract/await_tombstones.py ") + bootstrap_ + " " + topic;
    for (const std::string& key : keys) command += " " + key;
    return std::system(command.c_str()) == 0;
  }

 private:
  KafkaBroker() {
    if (const char* file = std::getenv("SLUICE_TEST_KAFKA")) {
      Read(file);
      return;
    }
    directory_ = "/tmp/sluice-test-kafka-" + std::to_string(::getpid());
    std::filesystem::create_directories(directory_);
    const std::string settings = directory_ + "/env";
    owner_ = ::getpid();
    if (Service("up", " >" + settings) != 0) {
      missing_ = "tools/services.d/kafka up did not start a broker";
      return;
    }
    Read(settings);
    // The processes that tests start use the same one.
    ::setenv("SLUICE_TEST_KAFKA", settings.c_str(), 1);
  }
  ~KafkaBroker() {
    if (owner_ != ::getpid()) return;
    (void)Service("down", "");
    std::filesystem::remove_all(directory_);
  }

  int Service(const std::string& action, const std::string& rest) const {
    const std::string command =
        InSourceTree("tools/services.d/kafka ") + action + " " + directory_ + "/broker 2>/dev/null";
    return std::system((command + rest).c_str());
  }
  void Read(const std::string& file) {
    const std::string name = "KAFKA_BOOTSTRAP_SERVERS=";
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(name)) bootstrap_ = line.substr(name.size());
    }
    if (bootstrap_.empty()) missing_ = file + " names no broker";
  }

  std::string directory_;
  std::string bootstrap_;
  std::string missing_;
  pid_t owner_ = 0;
};

}  // namespace sluice
