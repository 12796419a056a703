// The committer: everything of a commit in one transaction of the writer connection — fence, rows, key
// directory, summary deltas, dead letters, position and terms (rules D2, D3, D11). Owned by the store; one
// thread at a time (the store's writer mutex). Failures are outcomes of Sink::Commit.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sinks/store/duckdb/database.h"
#include "sinks/store/duckdb/summary_sql.h"
#include "sinks/store/store.h"

namespace sluice {

class Committer {
 public:
  // `connection` and `shape` outlive the committer.
  Committer(Connection& connection, const StoreShape& shape) : connection_(connection), shape_(shape) {}

  // The summary is kept up to date from the next commit on.
  void AddSummary(const std::string& stream, SummarySql sql) { summaries_[stream].push_back(std::move(sql)); }

  Result<SeatState> Claim(const Seat& seat, const std::string& log_id, Position start_if_new);
  CommitOutcome Commit(std::span<const Span> spans);

 private:
  // The spans of a call that bring rows of one stream.
  struct Arrivals {
    const StreamSpec* stream = nullptr;
    std::vector<const Span*> spans;
  };

  Result<Position> EndOfRows(const Seat& seat);
  Status CommitAll(std::span<const Span> spans, bool* rows_refused);
  Status Fence(const Span& span);
  Status StoreRows(const Arrivals& arrivals, bool* rows_refused);
  Status CheckJson(const Arrivals& arrivals, const std::string& rows);
  Status UpdateKeys(const Arrivals& arrivals, const std::string& rows);
  Status StoreDeadLetters(std::span<const Span> spans);
  Result<std::vector<Arrivals>> Sort(std::span<const Span> spans) const;
  CommitOutcome FindRefused(std::span<const Span> spans, const Status& first);
  Status Bisect(const Span& span, int64_t from, int64_t count, std::vector<Refusal>* refused);

  Connection& connection_;
  const StoreShape& shape_;
  std::map<std::string, std::vector<SummarySql>> summaries_;  // by stream
  std::vector<Refusal> malformed_;                            // rows of the commit under way with bad json
};

}  // namespace sluice
