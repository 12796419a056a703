// How jobs of several processes share a stream's partitions: each group here stands for a process.
#include <gtest/gtest.h>

#include "contract/kafka_broker.h"
#include "log/kafka/group.h"
#include "log/kafka/topics.h"
#include "platform/mutex.h"

namespace sluice {
namespace {

using Share = std::vector<PartitionId>;

class KafkaGroups : public testing::Test {
 protected:
  static constexpr int kPartitions = 4;
  static constexpr auto kPatience = std::chrono::seconds(30);

  void SetUp() override {
    if (!KafkaBroker::Get().missing().empty()) GTEST_SKIP() << KafkaBroker::Get().missing();
    const auto consumer = *kafka::MakeConsumer(Cluster(), {});
    ASSERT_TRUE(kafka::CreateTopic(consumer.get(), {.name = topic_, .partitions = kPartitions}).ok());
  }

  static kafka::Settings Cluster() { return {{"bootstrap.servers", KafkaBroker::Get().bootstrap()}}; }
  std::unique_ptr<Assignment> Process(const std::string& instance) {
    auto joined = kafka::JoinGroup(
        {.cluster = Cluster(), .group = topic_ + ".job", .topic = topic_, .instance = instance});
    EXPECT_TRUE(joined.ok()) << joined.status().message();
    return *std::move(joined);
  }
  static bool Comes(const std::function<bool()>& condition) {
    Mutex mutex;
    Condition never;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    const MutexLock lock(mutex);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      never.WaitFor(mutex, std::chrono::milliseconds(20));
    }
    return true;
  }
  static Share ShareOf(Assignment& process) {
    const auto now = process.Now();
    return now.ok() ? now->partitions : Share{-1};
  }
  static bool ComesToHave(Assignment& process, size_t partitions) {
    return Comes([&] {
      const Share share = ShareOf(process);
      return share.size() == partitions && share != Share{-1};
    });
  }

  const std::string topic_ = KafkaBroker::FreshPrefix() + "shared";
};

TEST_F(KafkaGroups, OneProcessHasEverything) {
  const auto only = Process("a");
  EXPECT_TRUE(ComesToHave(*only, kPartitions));
  EXPECT_EQ(ShareOf(*only), (Share{0, 1, 2, 3}));
}

TEST_F(KafkaGroups, TwoProcessesShareAndTheSurvivorTakesAll) {
  const auto survivor = Process("a");
  ASSERT_TRUE(ComesToHave(*survivor, kPartitions));
  const int64_t generation = survivor->Now()->generation;
  auto other = Process("b");
  EXPECT_TRUE(ComesToHave(*survivor, 2));
  EXPECT_TRUE(ComesToHave(*other, 2));
  EXPECT_GT(survivor->Now()->generation, generation);
  EXPECT_NE(ShareOf(*survivor), ShareOf(*other));
  other.reset();  // without a word, as a killed process
  EXPECT_TRUE(ComesToHave(*survivor, kPartitions));
}

TEST_F(KafkaGroups, AProcessThatComesBackUnderItsNameKeepsItsShare) {
  const auto other = Process("b");
  auto killed = Process("a");
  ASSERT_TRUE(ComesToHave(*killed, 2) && ComesToHave(*other, 2));
  const Share share = ShareOf(*killed);
  const int64_t undisturbed = other->Now()->generation;
  killed.reset();
  killed = Process("a");
  EXPECT_TRUE(ComesToHave(*killed, 2));
  EXPECT_EQ(ShareOf(*killed), share);
  EXPECT_EQ(other->Now()->generation, undisturbed);
}

TEST_F(KafkaGroups, OfTwoProcessesWithOneNameTheYoungerStays) {
  const auto older = Process("a");
  ASSERT_TRUE(ComesToHave(*older, kPartitions));
  const auto younger = Process("a");
  EXPECT_TRUE(Comes([&] { return !older->Now().ok() && older->Now().status().code() == Code::reject; }));
  EXPECT_TRUE(ComesToHave(*younger, kPartitions));
}

TEST_F(KafkaGroups, WhatWasCommittedIsThereForLagTools) {
  const auto only = Process("a");
  ASSERT_TRUE(ComesToHave(*only, kPartitions));
  const auto tool = *kafka::MakeConsumer(Cluster(), {{"group.id", topic_ + ".job"}});
  const kafka::PartitionList asked(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(asked.get(), topic_.c_str(), 2);
  EXPECT_TRUE(Comes([&] {
    only->Committed({{2, 17}});
    return rd_kafka_committed(tool.get(), asked.get(), 2'000) == RD_KAFKA_RESP_ERR_NO_ERROR &&
           asked->elems[0].offset == 17;
  }));
}

}  // namespace
}  // namespace sluice
