// TestLog: a log in memory for tests of sources: keeps what was appended and its origins, checks every step
// against them, and can hold completions back, fail them or say that it is full. One thread.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "log/log.h"

namespace sluice {

class TestLog : public Log {
 public:
  std::string Id() const override { return "test"; }
  Status Declare(const StreamSpec&) override { return {}; }

  Status Append(const std::string&, Batch batch, std::optional<OriginStep> step,
                Completion completion) override {
    if (full) return Status::Retry("test log is full");
    if (fail_next) {
      completion({.kind = AppendOutcome::failed, .status = *std::exchange(fail_next, std::nullopt)});
      return {};
    }
    if (hold) {
      held.push_back([this, batch = std::move(batch), step = std::move(step),
                      completion = std::move(completion)] { completion(Apply(batch, step)); });
      return {};
    }
    completion(Apply(batch, step));
    return {};
  }

  Result<OriginState> Claim(const std::string& origin) override {
    if (claim_fails) return Status::Retry("test log is away");
    ++origins[origin].epoch;
    return origins[origin];
  }

  void Release() {
    for (auto due = std::exchange(held, {}); !due.empty(); due.pop_front()) due.front()();
  }

  Result<Slice> Read(const std::string&, PartitionId, Position, int64_t) override {
    return Status::Reject("no");
  }
  Result<Ends> EndsOf(const std::string&, PartitionId) override { return Status::Reject("no"); }
  Status Trim(const std::string&, PartitionId, Position) override { return {}; }
  Status RaiseTo(const std::string&, PartitionId, Position) override { return {}; }
  void Subscribe(Listener) override {}
  Status Health() const override { return {}; }

  int64_t Count() const {
    int64_t count = 0;
    for (const Batch& batch : batches) count += batch.Count();
    return count;
  }

  bool full = false;
  bool hold = false;
  bool claim_fails = false;
  std::optional<Status> fail_next;
  std::vector<Batch> batches;  // in order of arrival
  std::map<std::string, OriginState> origins;
  std::deque<std::function<void()>> held;

 private:
  AppendOutcome Apply(const Batch& batch, const std::optional<OriginStep>& step) {
    if (step) {
      OriginState& origin = origins[step->origin];
      if (step->epoch != origin.epoch) return {.kind = AppendOutcome::lost};
      if (step->next <= origin.next && step->from < origin.next) {
        return {.kind = AppendOutcome::already, .answer = origin.answer};
      }
      if (step->from != origin.next) return {.kind = AppendOutcome::conflict};
      origin = {step->epoch, step->next, step->answer};
    }
    batches.push_back(batch);
    return {.kind = AppendOutcome::done};
  }
};

}  // namespace sluice
