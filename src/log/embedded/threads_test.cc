// The log as it runs: a thread that commits groups, one for its upkeep, and many callers at once.
#include <future>
#include <thread>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "log/embedded/embedded_log.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

constexpr int kSenders = 4;
constexpr int kBatches = 50;
constexpr int kReadings = 20;

class LogThreads : public testing::Test {
 protected:
  LogThreads() { Reopen(); }
  void Reopen() {
    log_.reset();
    log_ = *OpenEmbeddedLog({.directory = directory_ / "log", .max_bytes = 64 << 20});
    EXPECT_TRUE(log_->Declare(ReadingsStream(2)).ok());
  }

  // A sender's own origin: its steps follow each other, others come in between.
  void SendAll(int sender) {
    const std::string origin = "file/" + std::to_string(sender);
    const OriginState claimed = *log_->Claim(origin);
    for (int64_t at = 0; at < kBatches; ++at) {
      const auto heard = std::make_shared<std::promise<AppendOutcome>>();  // outlives the completion
      auto outcome = heard->get_future();
      const OriginStep step{.origin = origin, .epoch = claimed.epoch, .from = at, .next = at + 1};
      while (!log_->Append("readings", CountingBatch(kReadings), step,
                           [heard](AppendOutcome one) { heard->set_value(std::move(one)); })
                  .ok()) {
        std::this_thread::yield();
      }
      ASSERT_EQ(outcome.get().kind, AppendOutcome::done);
    }
  }

  // As a job would: reads what is there, says how far it came.
  int64_t ReadAll(PartitionId partition, const std::atomic<bool>& sending) {
    Position at = 0;
    for (bool last = false; !last;) {
      last = !sending;
      while (at < log_->EndsOf("readings", partition)->high) {
        const Slice slice = *log_->Read("readings", partition, at, 1 << 20);
        EXPECT_EQ(slice.rows->num_rows(), slice.next - at);
        at = slice.next;
        EXPECT_TRUE(log_->Trim("readings", partition, at).ok());
      }
    }
    return at;
  }

  TempDir directory_;
  std::unique_ptr<Log> log_;
};

TEST_F(LogThreads, ManySendersAndReadersAtOnceLoseAndDoubleNothing) {
  std::atomic<bool> sending{true};
  auto first = std::async(std::launch::async, [&] { return ReadAll(0, sending); });
  auto second = std::async(std::launch::async, [&] { return ReadAll(1, sending); });
  std::vector<std::thread> senders;
  for (int i = 0; i < kSenders; ++i) senders.emplace_back([this, i] { SendAll(i); });
  for (std::thread& sender : senders) sender.join();
  sending = false;
  EXPECT_EQ(first.get() + second.get(), kSenders * kBatches * kReadings);
  Reopen();
  EXPECT_EQ(log_->Claim("file/0")->next, kBatches);
}

TEST_F(LogThreads, AnAppendUnderWayWhenTheLogClosesIsAnswered) {
  std::vector<std::promise<AppendOutcome>> heard(100);
  for (auto& one : heard) {
    ASSERT_TRUE(log_->Append("readings", CountingBatch(1), std::nullopt,
                             [&one](AppendOutcome outcome) { one.set_value(std::move(outcome)); })
                    .ok());
  }
  log_.reset();
  for (auto& one : heard) EXPECT_EQ(one.get_future().get().kind, AppendOutcome::done);
}

}  // namespace
}  // namespace sluice
