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

}  // namespace sluice
