// What the contract of a log (src/log/log.h) is tested with: log_test.cc holds the tests, which every
// implementation passes, and the makers by which implementations join. Some logs commit inline, others on
// threads and on other machines: the fixture waits for conditions, never for time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "log/log.h"
#include "platform/mutex.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"

namespace sluice {

// How the suite gets a log of some kind.
class LogMaker {
 public:
  virtual ~LogMaker() = default;
  // Opens the log; the one opened before was closed, and what was durable is there again.
  virtual Result<std::unique_ptr<Log>> Open(const Clock& clock) = 0;
  // Why there is none on this machine.
  virtual std::string Missing() const { return ""; }
};

// What reading a partition for a while gave.
struct Seen {
  std::vector<Position> positions;  // of rows
  std::vector<double> temperatures;
  std::vector<DeadEntry> dead;
  int64_t gaps = 0;
  int64_t lost = 0;
  int slices = 0;
  Position next = 0;
  int64_t Entries() const { return static_cast<int64_t>(positions.size() + dead.size()); }
};

class LogContract : public testing::TestWithParam<std::function<std::unique_ptr<LogMaker>()>> {
 protected:
  // No condition takes longer, unless it never comes.
  static constexpr auto kPatience = std::chrono::seconds(20);
  static constexpr double kSentinel = 999;

  void SetUp() override {
    maker_ = GetParam()();
    if (!maker_->Missing().empty()) GTEST_SKIP() << maker_->Missing();
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
    bool completed = false;
    const Status taken =
        log_->Append("readings", std::move(batch), std::move(step), [&](AppendOutcome heard) {
          const MutexLock lock(mutex_);
          outcome = std::move(heard);
          completed = true;
          heard_.NotifyAll();
        });
    if (!taken.ok()) outcome.status = taken;
    const MutexLock lock(mutex_);
    while (taken.ok() && !completed) heard_.Wait(mutex_);
    return outcome;
  }
  static OriginStep Step(int64_t from, int64_t next, uint64_t epoch = 0,
                         const std::string& origin = "file/a") {
    return {.origin = origin, .epoch = epoch, .from = from, .next = next, .fingerprint = "f", .answer = "ok"};
  }

  Slice Read(Position from, int64_t budget = 1 << 20, PartitionId partition = 0,
             const std::string& stream = "readings") {
    auto slice = log_->Read(stream, partition, from, budget);
    EXPECT_TRUE(slice.ok()) << slice.status().message();
    return slice.ok() ? *std::move(slice) : Slice{};
  }
  // Reads on from `from` until `entries` were seen; every position between is accounted for.
  Seen See(Position from, int64_t entries, int64_t budget = 1 << 20, const std::string& stream = "readings") {
    Seen seen{.next = from};
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (seen.Entries() < entries && std::chrono::steady_clock::now() < deadline) {
      const Slice slice = Read(seen.next, budget, 0, stream);
      if (slice.rows == nullptr) break;
      Add(slice, seen);
    }
    EXPECT_EQ(seen.Entries(), entries);
    EXPECT_EQ(seen.Entries() + seen.gaps + seen.lost, seen.next - from);
    return seen;
  }
  // How many entries the only partition holds: a last one is appended and looked for.
  int64_t Entries() {
    Batch last = ReadingsBatch({{"sensor-1", FromMicros(0), kSentinel, 0}});
    EXPECT_EQ(Append(std::move(last)).kind, AppendOutcome::done);
    Seen seen;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while ((seen.temperatures.empty() || seen.temperatures.back() != kSentinel) &&
           std::chrono::steady_clock::now() < deadline) {
      Add(Read(seen.next), seen);
    }
    return seen.Entries() - 1;
  }
  void Add(const Slice& slice, Seen& seen) {
    if (slice.next > slice.first) ++seen.slices;
    seen.gaps += slice.gaps;
    seen.lost += slice.lost;
    seen.next = slice.next;
    seen.dead.insert(seen.dead.end(), slice.dead.begin(), slice.dead.end());
    for (int64_t row = 0; row < slice.rows->num_rows(); ++row) {
      seen.temperatures.push_back(Temperature(slice, row));
      seen.positions.push_back(Positions(slice)[static_cast<size_t>(row)]);
    }
  }
  // The positions that an append was given, in one partition.
  static std::vector<Position> Given(const AppendOutcome& outcome) {
    std::vector<Position> given;
    for (const Placed& run : outcome.placed) {
      for (Position at = run.first; at < run.first + run.count; ++at) given.push_back(at);
    }
    return given;
  }
  Ends EndsOf(PartitionId partition = 0) {
    const auto ends = log_->EndsOf("readings", partition);
    EXPECT_TRUE(ends.ok()) << ends.status().message();
    return ends.ok() ? *ends : Ends{};
  }
  static double Temperature(const Slice& slice, int64_t row) {
    return static_cast<const arrow::DoubleArray&>(*slice.rows->GetColumnByName("temperature")).Value(row);
  }
  static std::vector<Position> Positions(const Slice& slice) {
    const auto& column = static_cast<const arrow::Int64Array&>(*slice.rows->GetColumnByName("_position"));
    return {column.raw_values(), column.raw_values() + column.length()};
  }

  ManualClock clock_;
  Mutex mutex_;
  Condition heard_;
  std::unique_ptr<LogMaker> maker_;
  std::unique_ptr<Log> log_;
};

}  // namespace sluice
