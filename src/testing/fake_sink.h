// FakeSink: a sink in memory that keeps the rows of every commit and does what it is told: retry, refuse
// rows, lose. Fences like a real one. Thread-compatible.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/sink.h"

namespace sluice {

class FakeSink : public Sink {
 public:
  Result<SeatState> Claim(const Seat& seat, const std::string& log_id, Position start_if_new) override;
  CommitOutcome Commit(std::span<const Span> spans) override;

  // What the next commits answer, in turn, before it works again.
  void Answer(CommitOutcome outcome) { answers_.push_back(std::move(outcome)); }
  // Refuses the row at this position, of every partition or of one.
  void RefusePosition(Position position, std::optional<PartitionId> partition = {}) {
    refused_.push_back({position, partition});
  }

  // Everything committed.
  std::vector<Position> positions() const { return positions_; }
  std::vector<DeadEntry> dead() const { return dead_; }
  int commits() const { return commits_; }
  const SeatState& seat(const Seat& seat) const { return seats_.at(seat); }
  SeatState& seat(const Seat& seat) { return seats_.at(seat); }

 private:
  struct Refused {
    Position position = 0;
    std::optional<PartitionId> partition;
  };
  std::vector<Refusal> RefusedIn(const Span& span) const;

  std::map<Seat, SeatState> seats_;
  std::vector<CommitOutcome> answers_;
  std::vector<Refused> refused_;
  std::vector<Position> positions_;
  std::vector<DeadEntry> dead_;
  int commits_ = 0;
};

}  // namespace sluice
