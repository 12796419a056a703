#include <fmt/format.h>

#include "contract/kafka_broker.h"
#include "contract/source_contract.h"
#include "log/kafka/topics.h"
#include "log/kafka/transactions.h"
#include "sources/kafka/kafka_source.h"

namespace sluice {
namespace {

std::string Line(int64_t number) {
  return fmt::format(R"({{"sensor_id":"a","timestamp":"2025-10-15T12:00:{:02}Z","temperature":{}}})",
                     number % 60, number);
}

class SimulatorRig : public SourceRig {
 public:
  std::string Options(const TempDir&) override {
    return fmt::format("devices = 4\nrate = 100\nseed = 1\ncount = {}\n", kReadings);
  }
};

// Two files that end, paced so that they are brought in by many appends.
class FileRig : public SourceRig {
 public:
  std::string Options(const TempDir& directory) override {
    for (const auto& [name, from] : {std::pair("a", int64_t{0}), std::pair("b", kReadings / 2)}) {
      std::string text;
      for (int64_t i = from; i < from + kReadings / 2; ++i) text += Line(i) + "\n";
      directory.Write(std::string(name) + ".ndjson", text);
    }
    return "path = \"*.ndjson\"\nspeed = 20\n";
  }
};

// A device that posts its readings one by one, each with a key of its own, until each is answered with 202.
class HttpRig : public SourceRig {
 public:
  std::string Options(const TempDir&) override { return ""; }
  void Connect(http::Router& router) override {
    router_ = &router;
    ++process_;
    waiting_ = false;
  }
  void Send() override {
    if (waiting_ || taken_ == kReadings) return;
    waiting_ = true;
    router_->Dispatch({.method = "POST",
                       .path = "/ingest/readings",
                       .headers = {{"content-type", "application/json"},
                                   {"idempotency-key", fmt::format("reading-{}", taken_)}},
                       .body = Line(taken_)},
                      [this, process = process_](const http::Response& answer) { Hear(process, answer); });
  }
  bool Acknowledged(const Source&) const override { return taken_ == kReadings; }
  bool ShowsWaiting() const override { return false; }

 private:
  void Hear(int process, const http::Response& answer) {
    if (process != process_) return;  // the connection went with its process
    waiting_ = false;
    if (answer.status == 202) ++taken_;
  }

  http::Router* router_ = nullptr;
  int process_ = 0;
  bool waiting_ = false;
  int64_t taken_ = 0;
};

// A topic that somebody else has filled, two partitions of it.
class KafkaRig : public SourceRig {
 public:
  std::string Options(const TempDir&) override {
    const kafka::Settings cluster = {{"bootstrap.servers", KafkaBroker::Get().bootstrap()}};
    const std::string topic = KafkaBroker::FreshPrefix() + "foreign";
    const auto consumer = *kafka::MakeConsumer(cluster, {});
    EXPECT_TRUE(kafka::CreateTopic(consumer.get(), {.name = topic, .partitions = 2}).ok());
    const auto producer = *kafka::Transactions::Open(cluster, "", "", nullptr);
    std::vector<std::string> lines;
    for (int64_t i = 0; i < kReadings; ++i) lines.push_back(Line(i));
    for (size_t i = 0; i < lines.size(); ++i) {
      EXPECT_TRUE(
          producer->Produce(topic, static_cast<int>(i % 2), {.value = std::string_view(lines[i])}).ok());
    }
    Status why;
    producer->Commit(why);
    return fmt::format("brokers = \"{}\"\ntopic = \"{}\"\n", KafkaBroker::Get().bootstrap(), topic);
  }
  bool Acknowledged(const Source& source) const override {
    return dynamic_cast<const KafkaSource&>(source).CaughtUp();
  }
};

const std::vector<SourceCase> kSources = {
    {"simulator", [] { return std::make_unique<SimulatorRig>(); }},
    {"file", [] { return std::make_unique<FileRig>(); }},
    {"http", [] { return std::make_unique<HttpRig>(); }},
    {"kafka", [] { return std::make_unique<KafkaRig>(); }},
};
INSTANTIATE_TEST_SUITE_P(Sources, SourceContract, testing::ValuesIn(kSources),
                         [](const auto& source) { return source.param.kind; });

TEST(SourceContractTest, EveryKindOfSourceIsInTheSuite) {
  std::vector<std::string> kinds;
  std::vector<std::string> tested;
  for (const SourceKind& kind : AllComponents().sources) kinds.push_back(kind.facts.name);
  for (const SourceCase& source : kSources) tested.push_back(source.kind);
  EXPECT_THAT(tested, testing::UnorderedElementsAreArray(kinds));
}

}  // namespace
}  // namespace sluice
