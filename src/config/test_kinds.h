// What the tests of this folder load pipeline files with: a few kinds of components that stand for real ones,
// and verbs that load a text. Included by tests only.
#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "config/load.h"

namespace sluice {

struct TestSource {
  int devices = 1;
  double rate = 1;
  std::optional<Duration> every;
  std::string path;
  Secret token;
  std::vector<std::string> generators;
};
struct TestLog {
  std::string brokers;
  ByteSize max_bytes = GiB(10);
  Secret password;
};
struct TestStore {
  std::optional<Duration> retain;
};

inline ComponentKinds TestKinds() {
  const OptionSet walk =
      OptionTable<TestSource>().Add("step", &TestSource::rate, "largest change", {.above = 0});
  const auto read_values = [](const Node& node, TestSource& spec, OptionContext&) {
    for (const Node::Entry& entry : node.entries) spec.generators.push_back(entry.key);
  };
  const OptionSet simulator =
      OptionTable<TestSource>()
          .Add("devices", &TestSource::devices, "how many devices", {.min = 1, .max = 1000})
          .Add("rate", &TestSource::rate, "readings a second | all devices", {.above = 0})
          .Add("every", &TestSource::every, "time between bursts")
          .AddCustom("values", "table of generators", read_values, "a generator for each field",
                     {{"FIELD.walk", walk}});
  const OptionSet http = OptionTable<TestSource>()
                             .AddPath("path", &TestSource::path, "where it is served")
                             .Add("token", &TestSource::token, "what senders must show");
  const OptionSet kafka = OptionTable<TestLog>()
                              .Add("brokers", &TestLog::brokers, "addresses of the brokers")
                              .Required()
                              .Add("password", &TestLog::password, "of the user");
  return {
      .sources = {{"simulator", "makes readings up", simulator}, {"http", "takes requests", http}},
      .logs = {{.name = "embedded",
                .sentence = "keeps readings in data_dir",
                .options = OptionTable<TestLog>().Add("max_bytes", &TestLog::max_bytes, "room it may take")},
               {.name = "kafka",
                .sentence = "keeps readings in topics",
                .options = kafka,
                .default_partitions = 4}},
      .stores = {{"duckdb", "keeps tables in data_dir",
                  OptionTable<TestStore>().Add("retain", &TestStore::retain,
                                               "since arrival; unset: for ever")}},
      .codecs = {"json", "ndjson", "csv", "parquet"}};
}

inline LoadOutcome Load(const std::string& text, const Environment& environment = {},
                        const ComponentKinds& kinds = TestKinds(),
                        const std::string& path = "/etc/plant/p.toml") {
  return ParsePipeline(text, path, environment, kinds, SystemFiles());
}

// "line:col message" of each error.
inline std::vector<std::string> Errors(const std::string& text, const Environment& environment = {},
                                       const ComponentKinds& kinds = TestKinds()) {
  std::vector<std::string> lines;
  for (const Diagnostic& d : Load(text, environment, kinds).errors) {
    lines.push_back(fmt::format("{}:{} {}", d.line, d.col, d.message));
  }
  return lines;
}

// Ten lines: `readings` with all the usual fields, fed by a source `devices`. What a test adds starts at
// line 11.
inline const std::string kPlant = R"([stream.readings]
key = "sensor_id"
time = "timestamp"
fields = { sensor_id = "string", timestamp = "timestamp", temperature = "double", count = "int", ok = "bool", more = "json" }

[source.devices]
kind = "simulator"
stream = "readings"
devices = 50

)";

}  // namespace sluice
