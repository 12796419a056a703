// The contract of a log (src/log/log.h), as tests that every implementation passes. An implementation joins
// with a fixture that opens and reopens it: see log_test.cc. Logs here commit inline, so nothing waits.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "log/log.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"

namespace sluice {

// How the suite gets a log of some kind.
class LogMaker {
 public:
  virtual ~LogMaker() = default;
  // Opens the log; the one opened before was closed, and what was durable is there again.
  virtual Result<std::unique_ptr<Log>> Open(const Clock& clock) = 0;
};

class LogContract : public testing::TestWithParam<std::function<std::unique_ptr<LogMaker>()>> {
 protected:
  void SetUp() override {
    maker_ = GetParam()();
    Reopen();
  }

  void Reopen() {
    log_.reset();
    auto opened = maker_->Open(clock_);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    log_ = *std::move(opened);
  }
  void Declare(int partitions = 1) { ASSERT_TRUE(log_->Declare(ReadingsStream(partitions)).ok()); }

  AppendOutcome Append(Batch batch, std::optional<OriginStep> step = {}) {
    AppendOutcome outcome{.kind = AppendOutcome::failed, .status = Status::Fatal("no completion")};
    const Status taken = log_->Append("readings", std::move(batch), std::move(step),
                                      [&](AppendOutcome heard) { outcome = std::move(heard); });
    if (!taken.ok()) outcome.status = taken;
    return outcome;
  }
  static OriginStep Step(int64_t from, int64_t next, uint64_t epoch = 0,
                         const std::string& origin = "file/a") {
    return {.origin = origin, .epoch = epoch, .from = from, .next = next, .fingerprint = "f", .answer = "ok"};
  }

  Slice Read(Position from, int64_t budget = 1 << 20, PartitionId partition = 0) {
    auto slice = log_->Read("readings", partition, from, budget);
    EXPECT_TRUE(slice.ok()) << slice.status().message();
    return slice.ok() ? *std::move(slice) : Slice{};
  }
  Ends EndsOf(PartitionId partition = 0) { return *log_->EndsOf("readings", partition); }
  static double Temperature(const Slice& slice, int64_t row) {
    return static_cast<const arrow::DoubleArray&>(*slice.rows->GetColumnByName("temperature")).Value(row);
  }
  static std::vector<Position> Positions(const Slice& slice) {
    const auto& column = static_cast<const arrow::Int64Array&>(*slice.rows->GetColumnByName("_position"));
    return {column.raw_values(), column.raw_values() + column.length()};
  }

  ManualClock clock_;
  std::unique_ptr<LogMaker> maker_;
  std::unique_ptr<Log> log_;
};

TEST_P(LogContract, WhatWasAppendedIsReadInOrder) {
  Declare();
  const AppendOutcome outcome = Append(CountingBatch(3));
  ASSERT_EQ(outcome.kind, AppendOutcome::done) << outcome.status.message();
  ASSERT_EQ(outcome.placed.size(), 1U);
  EXPECT_EQ(outcome.placed[0].first, 0);
  EXPECT_EQ(outcome.placed[0].count, 3);
  const Slice slice = Read(0);
  EXPECT_EQ(Positions(slice), (std::vector<Position>{0, 1, 2}));
  EXPECT_EQ(Temperature(slice, 2), 2.0);
}

TEST_P(LogContract, WhatWasAppendedIsThereAfterReopening) {
  Declare();
  Append(CountingBatch(3));
  const std::string id = log_->Id();
  Reopen();
  EXPECT_EQ(log_->Id(), id);
  EXPECT_EQ(EndsOf().high, 3);
  EXPECT_TRUE(Read(0).rows->Equals(*AsSlice(ReadingsStream(), CountingBatch(3), 0, clock_.Now()).rows));
}

TEST_P(LogContract, DeadEntriesTakePositionsAmongTheRows) {
  Declare();
  Batch batch = CountingBatch(3);
  batch.dead.push_back(MakeDeadEntry(1, "no time", "source.a line 2", "{}"));
  Append(std::move(batch));
  const Slice slice = Read(0);
  EXPECT_EQ(Positions(slice), (std::vector<Position>{0, 2, 3}));
  ASSERT_EQ(slice.dead.size(), 1U);
  EXPECT_EQ(slice.dead[0].at, 1);
  EXPECT_EQ(slice.dead[0].reason, "no time");
}

TEST_P(LogContract, AReadBeginsAnywhere) {
  Declare();
  Batch batch = CountingBatch(3);
  batch.dead.push_back(MakeDeadEntry(1, "no time", "source.a line 2", "{}"));
  Append(std::move(batch));
  Append(CountingBatch(2));
  EXPECT_EQ(Positions(Read(1)), (std::vector<Position>{2, 3, 4, 5}));
  EXPECT_EQ(Read(1).dead.size(), 1U);
  EXPECT_EQ(Positions(Read(3)), (std::vector<Position>{3, 4, 5}));
  EXPECT_TRUE(Read(2).dead.empty());
  EXPECT_EQ(Read(6).next, 6);
}

TEST_P(LogContract, PositionsOutsideTheLogAreRejected) {
  Declare();
  Append(CountingBatch(2));
  EXPECT_EQ(log_->Read("readings", 0, 3, 1000).status().code(), Code::reject);
  EXPECT_EQ(log_->Read("readings", 7, 0, 1000).status().code(), Code::reject);
  EXPECT_EQ(log_->Read("nothing", 0, 0, 1000).status().code(), Code::reject);
}

TEST_P(LogContract, ASmallBudgetStillReadsOneBatch) {
  Declare();
  Append(CountingBatch(2));
  Append(CountingBatch(2));
  EXPECT_EQ(Read(0, 1).next, 2);
  EXPECT_EQ(Read(2, 1).next, 4);
}

TEST_P(LogContract, ARepeatedStepAppendsNothingAndGetsTheSameAnswer) {
  Declare();
  EXPECT_EQ(Append(CountingBatch(2), Step(0, 10)).kind, AppendOutcome::done);
  const AppendOutcome repeat = Append(CountingBatch(2), Step(0, 10));
  EXPECT_EQ(repeat.kind, AppendOutcome::already);
  EXPECT_EQ(repeat.answer, "ok");
  Reopen();
  EXPECT_EQ(Append(CountingBatch(2), Step(0, 10)).kind, AppendOutcome::already);
  EXPECT_EQ(EndsOf().high, 2);
}

TEST_P(LogContract, TheSameStepWithAnotherFingerprintIsAConflict) {
  Declare();
  Append(CountingBatch(2), Step(0, 10));
  OriginStep other = Step(0, 10);
  other.fingerprint = "g";
  EXPECT_EQ(Append(CountingBatch(2), other).kind, AppendOutcome::conflict);
  EXPECT_EQ(EndsOf().high, 2);
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
  wider.fields.push_back({"pressure", FieldType::number});
  ASSERT_TRUE(log_->Declare(wider).ok());
  Reopen();
  const Slice slice = Read(0);
  EXPECT_TRUE(slice.rows->schema()->Equals(*wider.TableSchema()));
  EXPECT_EQ(slice.rows->GetColumnByName("pressure")->null_count(), 2);
}

TEST_P(LogContract, ChangesThatReinterpretAreRejected) {
  Declare(2);
  StreamSpec changed = ReadingsStream(2);
  changed.fields[2].type = FieldType::text;
  EXPECT_EQ(log_->Declare(changed).code(), Code::reject);
  EXPECT_EQ(log_->Declare(ReadingsStream(1)).code(), Code::reject);
  changed = ReadingsStream(2);
  changed.key.reset();
  EXPECT_EQ(log_->Declare(changed).code(), Code::reject);
}

TEST_P(LogContract, RaisedPositionsAreLostAndNeverGiven) {
  Declare();
  Append(CountingBatch(2));
  ASSERT_TRUE(log_->RaiseTo("readings", 0, 10).ok());
  Reopen();
  EXPECT_EQ(Append(CountingBatch(1)).placed.at(0).first, 10);
  const Slice slice = Read(0);
  EXPECT_EQ(slice.lost, 8);
  EXPECT_EQ(Positions(slice), (std::vector<Position>{0, 1, 10}));
  EXPECT_EQ(Read(5).lost, 5);
}

TEST_P(LogContract, ListenersHearOfTheStream) {
  Declare();
  std::vector<std::string> heard;
  log_->Subscribe([&](const std::string& stream) { heard.push_back(stream); });
  Append(CountingBatch(1));
  EXPECT_EQ(heard, std::vector<std::string>{"readings"});
}

TEST_P(LogContract, ACompletionMayAppendAgain) {
  Declare();
  int done = 0;
  std::function<void(AppendOutcome)> next = [&](const AppendOutcome&) {
    if (++done < 100) (void)log_->Append("readings", CountingBatch(1), {}, next);
  };
  ASSERT_TRUE(log_->Append("readings", CountingBatch(1), {}, next).ok());
  EXPECT_EQ(done, 100);
  EXPECT_EQ(EndsOf().high, 100);
}

}  // namespace sluice
