// Sink: where a job's output lives. It promises that output and position change together (rule D2), so that a
// job keeps nothing of its own: its whole memory is its claim. Owned by the app; called by the jobs' threads,
// so thread-safe.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/status.h"
#include "engine/terms.h"

namespace sluice {

// One job's share of one partition. Jobs: "store.STREAM", "lake.NAME", ….
struct Seat {
  std::string job;
  std::string stream;
  PartitionId partition = 0;
  auto operator<=>(const Seat&) const = default;
};

// What a sink remembers of a seat.
struct SeatState {
  Position start = 0;  // where the job began
  Position next = 0;   // the first position not committed
  uint64_t epoch = 0;  // of this claim
  std::string log_id;
  Terms terms;
  std::string state;  // of the job's stages
};

// Output and position of one commit: everything in [from, next).
struct Span {
  Seat seat;
  uint64_t epoch = 0;
  Position from = 0;
  Position next = 0;
  std::shared_ptr<arrow::RecordBatch> rows;  // StreamSpec::TableSchema(), ascending position
  std::vector<DeadEntry> dead;               // `at` is the position
  Terms terms;                               // of this span; Sum() == next - from
  std::string state;
  std::string log_id;  // the log of these positions, from now on; empty leaves the one the sink remembers
};

// A row that a sink can never store.
struct Refusal {
  Seat seat;
  Position position = 0;
  auto operator<=>(const Refusal&) const = default;
};

struct CommitOutcome {
  enum Kind {
    done,
    retry,   // the same call again is harmless
    lost,    // another owns a seat of it; forget them
    reject,  // the rows of `rejected` can never be stored: bring them back as dead entries; nothing was
             // committed
    fatal,   // stop the process
  };
  Kind kind = done;
  Status status;
  std::vector<Refusal> rejected;
};

class Sink {
 public:
  virtual ~Sink() = default;
  // Takes the seat and fences every older claim. A seat never seen starts at `start_if_new` with `log_id`.
  virtual Result<SeatState> Claim(const Seat& seat, const std::string& log_id, Position start_if_new) = 0;
  virtual CommitOutcome Commit(std::span<const Span> spans) = 0;
};

}  // namespace sluice
