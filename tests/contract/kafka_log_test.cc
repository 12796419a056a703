// What only a log that many processes share has to keep: each writer here stands for a process.
#include <algorithm>
#include <filesystem>
#include <thread>

#include "contract/kafka_broker.h"
#include "contract/log_contract.h"
#include "log/kafka/control_topic.h"
#include "log/kafka/record.h"
#include "log/kafka/transactions.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

class KafkaLogs : public testing::Test {
 protected:
  static constexpr auto kPatience = std::chrono::seconds(20);

  void SetUp() override {
    if (!KafkaBroker::Get().missing().empty()) GTEST_SKIP() << KafkaBroker::Get().missing();
  }

  std::unique_ptr<Log> Process(const std::string& instance, bool transactions = true) {
    KafkaLogOptions options = KafkaBroker::Get().OptionsFor(prefix_, instance, clock_);
    options.transactions = transactions;
    return Process(options);
  }
  std::unique_ptr<Log> Process(const KafkaLogOptions& options) {
    auto log = OpenKafkaLog(options);
    EXPECT_TRUE(log.ok()) << log.status().message();
    if (!log.ok()) return nullptr;
    EXPECT_TRUE((*log)->Declare(ReadingsStream()).ok());
    return *std::move(log);
  }

  // What becomes of an append; may be taken later.
  struct Pending {
    Mutex mutex;
    Condition heard;
    std::optional<AppendOutcome> outcome;
    AppendOutcome Get() {
      const MutexLock lock(mutex);
      while (!outcome) heard.Wait(mutex);
      return *outcome;
    }
  };
  std::shared_ptr<Pending> Offer(Log& log, int rows, std::optional<OriginStep> step = {}) {
    auto pending = std::make_shared<Pending>();
    const auto completion = [pending](AppendOutcome outcome) {
      const MutexLock lock(pending->mutex);
      pending->outcome = std::move(outcome);
      pending->heard.NotifyAll();
    };
    const Status taken = log.Append("readings", CountingBatch(rows), std::move(step), completion);
    if (!taken.ok()) completion({.kind = AppendOutcome::failed, .status = taken});
    return pending;
  }
  AppendOutcome::Kind Append(Log& log, int rows, std::optional<OriginStep> step = {}) {
    return Offer(log, rows, std::move(step))->Get().kind;
  }
  static OriginStep Step(int64_t from, int64_t next, uint64_t epoch, const std::string& origin = "file/a") {
    return {.origin = origin, .epoch = epoch, .from = from, .next = next, .fingerprint = "f", .answer = "ok"};
  }
  static OriginStep Key(const std::string& key) {
    OriginStep step = Step(0, 1, 0, "key/" + key);
    step.expires = std::chrono::hours(24);
    return step;
  }
  // Readings that a reader of committed records finds, once a last one has come.
  int64_t Readings(Log& log) {
    const Placed last = Offer(log, 1)->Get().placed.at(0);
    int64_t rows = 0;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (Position next = 0; next <= last.first && std::chrono::steady_clock::now() < deadline;) {
      const auto slice = log.Read("readings", 0, next, 1 << 20);
      if (!slice.ok()) return -1;
      rows += slice->rows->num_rows();
      next = slice->next;
    }
    return rows - 1;
  }

  const std::string prefix_ = KafkaBroker::FreshPrefix();
  ManualClock clock_;
};

TEST_F(KafkaLogs, ProcessesShareOneIdentity) {
  const auto a = Process("a");
  const auto b = Process("b");
  EXPECT_EQ(a->Id(), b->Id());
}

TEST_F(KafkaLogs, AClaimOfAnotherProcessFencesTheOlderHolder) {
  const auto a = Process("a");
  const auto b = Process("b");
  const uint64_t older = a->Claim("file/a")->epoch;
  EXPECT_EQ(Append(*a, 1, Step(0, 5, older)), AppendOutcome::done);
  const OriginState taken = *b->Claim("file/a");
  EXPECT_EQ(taken.next, 5);
  EXPECT_EQ(Append(*a, 1, Step(5, 9, older)), AppendOutcome::lost);
  EXPECT_EQ(Append(*b, 1, Step(5, 9, taken.epoch)), AppendOutcome::done);
  EXPECT_EQ(Readings(*b), 2);
}

TEST_F(KafkaLogs, AFencedProcessGoesOnWithWhatItStillHolds) {
  const auto a = Process("a");
  const auto b = Process("b");
  const uint64_t kept = a->Claim("file/kept")->epoch;
  (void)a->Claim("file/a");
  (void)b->Claim("file/a");
  EXPECT_EQ(Append(*a, 1, Step(0, 5, kept, "file/kept")), AppendOutcome::done);
  EXPECT_EQ(Append(*a, 1), AppendOutcome::done);
  EXPECT_EQ(Append(*b, 1), AppendOutcome::done);
  EXPECT_EQ(Readings(*a), 3);
}

TEST_F(KafkaLogs, AGroupUnderWayWhenItsWriterIsFencedIsThereOnce) {
  const auto a = Process("a");
  const auto b = Process("b");
  (void)a->Claim("file/a");
  std::vector<std::shared_ptr<Pending>> pending;
  for (int i = 0; i < 200; ++i) pending.push_back(Offer(*a, 1));
  (void)b->Claim("file/a");
  for (int i = 0; i < 200; ++i) pending.push_back(Offer(*a, 1));
  const auto done = std::count_if(pending.begin(), pending.end(),
                                  [](auto& each) { return each->Get().kind == AppendOutcome::done; });
  EXPECT_EQ(Readings(*b), done);
  EXPECT_GE(done, 200);
}

TEST_F(KafkaLogs, AKeyThatComesToTwoProcessesAtOnceIsTakenOnce) {
  const auto a = Process("a");
  const auto b = Process("b");
  std::vector<std::shared_ptr<Pending>> pending;
  for (int i = 0; i < 20; ++i) {
    pending.push_back(Offer(*a, 1, Key(std::to_string(i))));
    pending.push_back(Offer(*b, 1, Key(std::to_string(i))));
  }
  for (auto& each : pending) each->Get();
  // The sender repeats what was not answered, here and there.
  for (int i = 0; i < 20; ++i) {
    EXPECT_NE(Append(i % 2 == 0 ? *a : *b, 1, Key(std::to_string(i))), AppendOutcome::failed);
  }
  EXPECT_EQ(Readings(*a), 20);
}

TEST_F(KafkaLogs, AKeyIsAnsweredByTheProcessThatDidNotTakeIt) {
  const auto a = Process("a");
  const auto b = Process("b");
  EXPECT_EQ(Append(*a, 1, Key("k")), AppendOutcome::done);
  const AppendOutcome repeat = Offer(*b, 1, Key("k"))->Get();
  EXPECT_EQ(repeat.kind, AppendOutcome::already);
  EXPECT_EQ(repeat.answer, "ok");
  EXPECT_EQ(Readings(*a), 1);
}

// b claimed the key after a had, and ended before it fenced a, whose append is still under way.
TEST_F(KafkaLogs, AClaimOfALifeBeforeIsNoProofThatTheOlderHolderWasFenced) {
  (void)Process("b");
  const std::string a = prefix_ + "sluice.a";
  const std::string origins = prefix_ + "sluice.origins";
  const auto cluster = KafkaBroker::Get().OptionsFor(prefix_, "a", clock_).cluster;
  kafka::KeyTable none("", a);
  const auto control = kafka::ControlTopic::Open(cluster, origins, 1, false, none, clock_);
  ASSERT_TRUE(control.ok()) << control.status().message();
  const kafka::Claim claim{.keyed = true, .expires = true, .writer = prefix_ + "sluice.b", .older = {a}};
  ASSERT_TRUE((*control)->Write({{kafka::control::ClaimKey("key/k"), claim.Encode()}}).ok());
  const auto b = Process("b");
  ASSERT_EQ(Append(*b, 1), AppendOutcome::done);  // its session is open, which waited for everybody
  const auto session = kafka::Transactions::Open(cluster, a, "", nullptr);
  ASSERT_TRUE(session.ok() && (*session)->Begin().ok());
  const auto records = kafka::RecordWriter(ReadingsStream()).Write(CountingBatch(1), 1 << 20);
  const std::string step = embedded::EncodeOrigin(
      {.next = 1, .fingerprint = "f", .answer = "ok", .expires = clock_.Now() + std::chrono::hours(24)});
  const std::string key = kafka::control::OriginKey("key/k");
  ASSERT_TRUE(
      (*session)->Produce(prefix_ + "readings", 0, {.value = records.Value(records.pieces.at(0))}).ok());
  ASSERT_TRUE((*session)
                  ->Produce(origins, kafka::kStepsPartition, {.key = key, .has_key = true, .value = step})
                  .ok());
  const auto appended = Offer(*b, 1, Key("k"));
  std::this_thread::sleep_for(std::chrono::seconds(2));  // b has decided, or waits for a
  Status why;
  const bool committed = (*session)->Commit(why) == kafka::Transactions::Outcome::committed;
  AppendOutcome::Kind outcome = appended->Get().kind;
  if (outcome == AppendOutcome::failed) outcome = Append(*b, 1, Key("k"));
  EXPECT_EQ(outcome, committed ? AppendOutcome::already : AppendOutcome::done);
  EXPECT_EQ(Readings(*b), 2);
}

// `b` is there before the first key (and reads on), or comes to keys that are there.
class KafkaLogsKeys : public KafkaLogs, public testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(Kafka, KafkaLogsKeys, testing::Bool());

TEST_P(KafkaLogsKeys, ThatCannotBeKeptAreAStateAndNoneIsMissedLater) {
  const auto a = Process("a");
  const TempDir directory;
  KafkaLogOptions options = KafkaBroker::Get().OptionsFor(prefix_, "b", clock_);
  options.key_directory = directory.Write("in_the_way", "") + "/keys";
  options.connect_within = std::chrono::seconds(2);
  std::unique_ptr<Log> b;
  if (GetParam()) b = Process(options);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Append(*a, 1, Key(std::to_string(i))), AppendOutcome::done);
  if (!GetParam()) b = Process(options);
  EXPECT_EQ(Append(*b, 1, Key("0")), AppendOutcome::failed);
  EXPECT_EQ(Append(*b, 1), AppendOutcome::failed);
  EXPECT_EQ(b->Health().code(), Code::retry);
  EXPECT_NE(b->Health().message().find(options.key_directory), std::string::npos) << b->Health().message();
  std::filesystem::remove(directory / "in_the_way");
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!b->Health().ok() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Append(*b, 1, Key(std::to_string(i))), AppendOutcome::already);
  EXPECT_EQ(Readings(*a), 20);
}

TEST_F(KafkaLogs, AnExpiredKeyLeavesTheTopicAndMayComeAgainAnywhere) {
  const auto a = Process("a");
  const auto b = Process("b");
  EXPECT_EQ(Append(*a, 1, Key("k")), AppendOutcome::done);
  EXPECT_EQ(Append(*b, 1, Key("k")), AppendOutcome::already);
  clock_.Advance(std::chrono::hours(24) + std::chrono::minutes(2));
  EXPECT_TRUE(
      KafkaBroker::Get().AwaitTombstones(prefix_ + "sluice.origins", {"origin/key/k", "claim/key/k"}));
  EXPECT_EQ(Append(*b, 1, Key("k")), AppendOutcome::done);
  EXPECT_EQ(Append(*a, 1, Key("k")), AppendOutcome::already);
  EXPECT_EQ(Readings(*a), 2);
}

TEST_F(KafkaLogs, WithoutTransactionsWhatNoTopicTookIsNotAcknowledged) {
  const auto log = Process("a", false);
  ASSERT_EQ(Append(*log, 1), AppendOutcome::done);
  ASSERT_TRUE(KafkaBroker::Get().DeleteTopic(prefix_ + "readings"));
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  AppendOutcome::Kind last = AppendOutcome::done;
  while (last == AppendOutcome::done && std::chrono::steady_clock::now() < deadline) last = Append(*log, 50);
  for (int i = 0; i < 3; ++i) EXPECT_NE(Append(*log, 50), AppendOutcome::done);
}

TEST_F(KafkaLogs, OfTwoProcessesWithOneNameTheYoungerStays) {
  const auto older = Process("a");
  EXPECT_EQ(Append(*older, 1), AppendOutcome::done);
  const auto younger = Process("a");
  EXPECT_EQ(Append(*younger, 1), AppendOutcome::done);
  const AppendOutcome outcome = Offer(*older, 1)->Get();
  EXPECT_EQ(outcome.kind, AppendOutcome::failed);
  EXPECT_EQ(older->Health().code(), Code::fatal);
  EXPECT_NE(older->Health().message().find("--instance"), std::string::npos);
  EXPECT_EQ(Append(*younger, 1), AppendOutcome::done);
  EXPECT_EQ(Readings(*younger), 3);
}

TEST_F(KafkaLogs, AReaderDisturbsNobodyOfItsName) {
  const auto writer = Process("a");
  EXPECT_EQ(Append(*writer, 1), AppendOutcome::done);
  const auto reader = Process("a");
  EXPECT_TRUE(reader->EndsOf("readings", 0).ok());
  EXPECT_EQ(Append(*writer, 1), AppendOutcome::done);
}

TEST_F(KafkaLogs, WithoutTransactionsReadingsAndOriginsAreStoredToo) {
  const auto log = Process("a", false);
  const uint64_t epoch = log->Claim("file/a")->epoch;
  EXPECT_EQ(Append(*log, 3, Step(0, 5, epoch)), AppendOutcome::done);
  EXPECT_EQ(Append(*log, 3, Step(0, 5, epoch)), AppendOutcome::already);
  const auto again = Process("a", false);
  EXPECT_EQ(again->Claim("file/a")->next, 5);
  EXPECT_EQ(Readings(*again), 3);
}

TEST_F(KafkaLogs, AbsentBrokersAreAStateAndNoFailure) {
  KafkaLogOptions options = KafkaBroker::Get().OptionsFor(prefix_, "a", clock_);
  options.cluster[0].second = "127.0.0.1:1";
  options.connect_within = std::chrono::milliseconds(200);
  const auto log = OpenKafkaLog(options);
  ASSERT_TRUE(log.ok()) << log.status().message();
  EXPECT_TRUE((*log)->Declare(ReadingsStream()).ok());
  EXPECT_EQ((*log)->Health().code(), Code::retry);
  EXPECT_EQ((*log)->EndsOf("readings", 0).status().code(), Code::retry);
  EXPECT_EQ((*log)->Claim("file/a").status().code(), Code::retry);
  EXPECT_EQ(Append(**log, 1), AppendOutcome::failed);
}

}  // namespace
}  // namespace sluice
