#include "contract/kafka_broker.h"
#include "contract/log_contract.h"
#include "log/embedded/embedded_log.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

class OnDisk : public LogMaker {
 public:
  Result<std::unique_ptr<Log>> Open(const Clock& clock) override {
    return OpenEmbeddedLog({.directory = directory_ / "log", .background = false, .clock = &clock});
  }

 private:
  TempDir directory_;
};

class OnKafka : public LogMaker {
 public:
  std::string Missing() const override { return KafkaBroker::Get().missing(); }
  Result<std::unique_ptr<Log>> Open(const Clock& clock) override {
    return OpenKafkaLog(KafkaBroker::Get().OptionsFor(prefix_, "contract", clock));
  }

 private:
  const std::string prefix_ = KafkaBroker::FreshPrefix();
};

INSTANTIATE_TEST_SUITE_P(Embedded, LogContract, testing::Values([]() -> std::unique_ptr<LogMaker> {
                           return std::make_unique<OnDisk>();
                         }));
INSTANTIATE_TEST_SUITE_P(Kafka, LogContract, testing::Values([]() -> std::unique_ptr<LogMaker> {
                           return std::make_unique<OnKafka>();
                         }));

TEST_P(LogContract, WhatWasAppendedIsReadInOrder) {
  Declare();
  const AppendOutcome outcome = Append(CountingBatch(3));
  ASSERT_EQ(outcome.kind, AppendOutcome::done) << outcome.status.message();
  ASSERT_EQ(Given(outcome).size(), 3U);
  const Seen seen = See(0, 3);
  EXPECT_EQ(seen.positions, Given(outcome));
  EXPECT_EQ(seen.temperatures, (std::vector<double>{0, 1, 2}));
}

TEST_P(LogContract, WhatWasAppendedIsThereAfterReopening) {
  Declare();
  Append(CountingBatch(3));
  const std::string id = log_->Id();
  EXPECT_FALSE(id.empty());
  Reopen();
  Declare();
  EXPECT_EQ(log_->Id(), id);
  See(0, 3);
  const Slice slice = Read(0);
  const auto expected = CountingBatch(3).rows;
  for (const auto& field : expected->schema()->fields()) {
    EXPECT_TRUE(slice.rows->GetColumnByName(field->name())->Equals(expected->GetColumnByName(field->name())));
  }
}

TEST_P(LogContract, DeadEntriesKeepTheirReasonAndTakePositions) {
  Declare();
  Batch batch = CountingBatch(3);
  batch.dead.push_back(MakeDeadEntry(1, "no time", "source.a line 2", "{}"));
  ASSERT_EQ(Append(std::move(batch)).kind, AppendOutcome::done);
  const auto apart = log_->DeadStream("readings");
  const Seen seen = See(0, apart ? 3 : 4);
  EXPECT_EQ(seen.temperatures, (std::vector<double>{0, 1, 2}));
  const std::vector<DeadEntry> dead = apart ? See(0, 1, 1 << 20, *apart).dead : seen.dead;
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].at, apart ? 0 : 1);
  EXPECT_EQ(dead[0].reason + dead[0].source + dead[0].bytes, "no timesource.a line 2{}");
}

TEST_P(LogContract, AReadBeginsAnywhere) {
  Declare();
  std::vector<Position> given = Given(Append(CountingBatch(4)));
  for (const Position at : Given(Append(CountingBatch(2)))) given.push_back(at);
  ASSERT_EQ(given.size(), 6U);
  while (!given.empty()) {
    EXPECT_EQ(See(given.front(), static_cast<int64_t>(given.size())).positions, given);
    given.erase(given.begin());
  }
}

TEST_P(LogContract, AReadAtTheEndIsEmpty) {
  Declare();
  Append(CountingBatch(2));
  const Position end = See(0, 2).next;
  EXPECT_EQ(Read(end).rows->num_rows(), 0);
}

TEST_P(LogContract, PositionsOutsideTheLogAreRejected) {
  Declare();
  Append(CountingBatch(2));
  EXPECT_EQ(log_->Read("readings", 0, 30, 1000).status().code(), Code::reject);
  EXPECT_EQ(log_->Read("readings", 7, 0, 1000).status().code(), Code::reject);
  EXPECT_EQ(log_->Read("nothing", 0, 0, 1000).status().code(), Code::reject);
}

TEST_P(LogContract, ASmallBudgetStillMovesOn) {
  Declare();
  Append(CountingBatch(2));
  Append(CountingBatch(2));
  const Seen seen = See(0, 4, 1);
  EXPECT_GE(seen.slices, 2);
  EXPECT_EQ(seen.temperatures, (std::vector<double>{0, 1, 0, 1}));
}

TEST_P(LogContract, ARepeatedStepAppendsNothingAndGetsTheSameAnswer) {
  Declare();
  EXPECT_EQ(Append(CountingBatch(2), Step(0, 10)).kind, AppendOutcome::done);
  const AppendOutcome repeat = Append(CountingBatch(2), Step(0, 10));
  EXPECT_EQ(repeat.kind, AppendOutcome::already);
  EXPECT_EQ(repeat.answer, "ok");
  Reopen();
  Declare();
  EXPECT_EQ(Append(CountingBatch(2), Step(0, 10)).kind, AppendOutcome::already);
  EXPECT_EQ(Entries(), 2);
}

TEST_P(LogContract, TheSameStepWithAnotherFingerprintIsAConflict) {
  Declare();
  Append(CountingBatch(2), Step(0, 10));
  OriginStep other = Step(0, 10);
  other.fingerprint = "g";
  EXPECT_EQ(Append(CountingBatch(2), other).kind, AppendOutcome::conflict);
  EXPECT_EQ(Entries(), 2);
}

TEST_P(LogContract, AClaimFencesTheOlderHolder) {
  Declare();
  const OriginState first = *log_->Claim("file/a");
  Append(CountingBatch(1), Step(0, 5, first.epoch));
  const OriginState second = *log_->Claim("file/a");
  EXPECT_GT(second.epoch, first.epoch);
  EXPECT_EQ(second.next, 5);
  EXPECT_EQ(Append(CountingBatch(1), Step(5, 9, first.epoch)).kind, AppendOutcome::lost);
  EXPECT_EQ(Append(CountingBatch(1), Step(5, 9, second.epoch)).kind, AppendOutcome::done);
}

TEST_P(LogContract, AnExpiredOriginIsForgotten) {
  Declare();
  OriginStep step = Step(0, 1, 0, "key/k");
  step.expires = std::chrono::hours(24);
  Append(CountingBatch(1), step);
  clock_.Advance(std::chrono::hours(23));
  EXPECT_EQ(Append(CountingBatch(1), step).kind, AppendOutcome::already);
  clock_.Advance(std::chrono::hours(2));
  EXPECT_EQ(Append(CountingBatch(1), step).kind, AppendOutcome::done);
}

TEST_P(LogContract, NewFieldsAreNullInOldReadings) {
  Declare();
  Append(CountingBatch(2));
  StreamSpec wider = ReadingsStream();
  wider.fields.push_back({"pressure", FieldType::number, true});
  ASSERT_TRUE(log_->Declare(wider).ok());
  Reopen();
  ASSERT_TRUE(log_->Declare(wider).ok());
  See(0, 2);
  const Slice slice = Read(0);
  EXPECT_TRUE(slice.rows->schema()->Equals(*wider.TableSchema()));
  EXPECT_EQ(slice.rows->GetColumnByName("pressure")->null_count(), 2);
}

TEST_P(LogContract, ChangesThatReinterpretAreRejected) {
  Declare(2);
  StreamSpec changed = ReadingsStream(2);
  changed.fields[2].type = FieldType::text;
  EXPECT_EQ(log_->Declare(changed).code(), Code::reject);
  changed = ReadingsStream(2);
  changed.key.reset();
  EXPECT_EQ(log_->Declare(changed).code(), Code::reject);
}

TEST_P(LogContract, FewerPartitionsThanThereWereAreRejectedOrStayAsTheyWere) {
  Declare(2);
  const bool taken = log_->Declare(ReadingsStream(1)).ok();
  EXPECT_TRUE(!taken || log_->PartitionsOf(ReadingsStream(1)) == 2);
}

TEST_P(LogContract, RaisedPositionsAreLostAndNeverGiven) {
  Declare();
  const std::vector<Position> given = Given(Append(CountingBatch(2)));
  See(0, 2);
  ASSERT_TRUE(log_->RaiseTo("readings", 0, 20).ok());
  Reopen();
  Declare();
  EXPECT_EQ(Given(Append(CountingBatch(1))), std::vector<Position>{20});
  const Seen seen = See(0, 3);
  EXPECT_EQ(seen.positions, (std::vector<Position>{given[0], given[1], 20}));
  EXPECT_GE(seen.lost, 17);
  EXPECT_EQ(See(5, 1).lost, 15);
}

TEST_P(LogContract, ListenersHearOfTheStream) {
  Declare();
  EndsOf();
  std::string stream;
  log_->Subscribe([&](const std::string& name) {
    const MutexLock lock(mutex_);
    stream = name;
    heard_.NotifyAll();
  });
  Append(CountingBatch(1));
  {
    const MutexLock lock(mutex_);
    while (stream.empty()) heard_.Wait(mutex_);
    EXPECT_EQ(stream, "readings");
  }
  log_.reset();
}

TEST_P(LogContract, ACompletionMayAppendAgain) {
  Declare();
  int done = 0;
  std::function<void(AppendOutcome)> next = [&](const AppendOutcome& outcome) {
    EXPECT_EQ(outcome.kind, AppendOutcome::done);
    const MutexLock lock(mutex_);
    heard_.NotifyAll();
    if (++done < 100) (void)log_->Append("readings", CountingBatch(1), {}, next);
  };
  ASSERT_TRUE(log_->Append("readings", CountingBatch(1), {}, next).ok());
  {
    const MutexLock lock(mutex_);
    while (done < 100) heard_.Wait(mutex_);
  }
  EXPECT_EQ(Entries(), 100);
  log_.reset();
}

}  // namespace
}  // namespace sluice
