// The works of the committer: what each call of the log becomes. Each decides on the committing thread
// (Prepare) and hears how its group ended (Finish). Made by EmbeddedLog; one thread at a time.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/embedded/batch_format.h"
#include "log/embedded/committer.h"
#include "log/embedded/state.h"

namespace sluice::embedded {

// A batch for each partition it touches, and the step of its origin.
class AppendWork : public Work {
 public:
  // Large ones come encoded, small ones are gathered with their neighbours (gather.h).
  struct Piece {
    PartitionId partition = 0;
    int64_t bytes = 0;       // of its content, about
    Batch small;             // unless encoded
    EncodedPayload encoded;  // its rows null when small
    bool is_small() const { return encoded.rows == nullptr; }
  };
  AppendWork(AppendTarget target, std::vector<Piece> pieces, std::optional<OriginStep> step,
             Log::Completion completion, std::atomic<int64_t>& under_way, int64_t taken);
  void Prepare(Group& group) override;
  void Finish(const Status& outcome) override;

  // The stream to tell listeners of, when entries were added.
  const std::string& stream() const { return target_.spec.name; }
  bool appended() const { return !outcome_.placed.empty(); }

 private:
  Status Put(Group& group, Piece& piece);

  const AppendTarget target_;
  std::vector<Piece> pieces_;
  const std::optional<OriginStep> step_;
  const Log::Completion completion_;
  std::atomic<int64_t>& under_way_;
  const int64_t taken_;
  AppendOutcome outcome_;
};

// Claims an origin.
class ClaimWork : public Work {
 public:
  ClaimWork(std::string origin, Result<OriginState>& answer) : origin_(std::move(origin)), answer_(answer) {}
  void Prepare(Group& group) override;
  void Finish(const Status& outcome) override;

 private:
  const std::string origin_;
  Result<OriginState>& answer_;
  Status failure_;
  OriginState state_;
};

// A work that is one function of the group; its failure, if any, goes to `answer`.
class FunctionWork : public Work {
 public:
  using Function = std::function<Status(Group&)>;
  FunctionWork(Function function, Status* answer) : function_(std::move(function)), answer_(answer) {}
  void Prepare(Group& group) override { failure_ = function_(group); }
  void Finish(const Status& outcome) override {
    if (answer_) *answer_ = failure_.ok() ? outcome : failure_;
  }

 private:
  const Function function_;
  Status* const answer_;
  Status failure_;
};

// The functions of FunctionWork.
Status DeclareStream(Group& group, State& state, const StreamSpec& spec);
Status RaiseTo(Group& group, StreamState& stream, PartitionId partition, Position next);
Status ForgetExpiredOrigins(Group& group);

}  // namespace sluice::embedded
