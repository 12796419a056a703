// Store: the database behind the API. A sink whose commit puts rows, key directory, summaries, dead letters
// and position into one transaction, and the queries over what it holds. Owned by the app. Open migrates:
// tables are created and widened, summaries registered and built, before any claim.
#pragma once

#include "core/schema.h"
#include "core/summary.h"
#include "engine/sink.h"
#include "sinks/store/queries.h"

namespace sluice {

// What a store must hold: the shape part of the pipeline file.
struct StoreShape {
  std::vector<StreamSpec> streams;
  std::vector<SummarySpec> summaries;
  std::optional<Duration> retain;  // of raw rows, since arrival
};

class Store : public Sink, public StoreQueries {
 public:
  // Upkeep at `now`: retention of rows and windows, checkpoint when due. Called by one task, never in a
  // commit.
  virtual Status Maintain(Timestamp now) = 0;
  // Removes dead letters (after a replay or by the user).
  virtual Status DropDeadLetters(const std::vector<int64_t>& ids) = 0;
  // Gives up a job's seats (`sluice forget`), or a summary with its parts ("summary.NAME"; one that is still
  // declared starts anew). Rejects the job of a declared stream, whose rows would be stored again. The table
  // of a stream that is gone stays, and is no longer sluice's: a stream of that name is refused until it is
  // renamed.
  virtual Status Forget(const std::string& component) = 0;
  // ok, or what the store waits for: shown by /readyz.
  virtual Status Health() const = 0;
};

}  // namespace sluice
