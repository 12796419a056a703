// The committer: rows, key directory, summary deltas, dead letters and positions in one transaction (rules
// D2, D3, D11), as commit_sql.h says. A lost answer to COMMIT is resolved by claiming again (seat_book.h):
// the commit is then known to have happened or never to happen. Owned by the store; thread-safe, a connection
// of the pool for each call. Failures are outcomes of Sink::Commit.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sinks/store/deltas.h"
#include "sinks/store/postgres/commit_sql.h"
#include "sinks/store/postgres/days.h"
#include "sinks/store/postgres/pool.h"
#include "sinks/store/postgres/seat_book.h"
#include "sinks/store/postgres/summary_sql.h"
#include "sinks/store/store.h"

namespace sluice::pg {

class Committer {
 public:
  Committer(Pool& pool, DayCache& days) : pool_(pool), days_(days) {}
  // Before any call of the others: what the streams and their summaries are.
  Status Declare(const StoreShape& shape, ByteSize memory);

  Result<SeatState> Claim(const Seat& seat, const std::string& log_id, Position start_if_new);
  CommitOutcome Commit(std::span<const Span> spans);
  // Whether a call since the last question found the schema other than it was prepared.
  bool TakeSchemaFault() { return schema_fault_.exchange(false); }

 private:
  // A stream with all that its commits need.
  struct Stream {
    StreamSpec spec;
    std::vector<SummarySql> summaries;
    std::vector<std::vector<std::string>> indexed;  // text fields, by the index that holds them together
    Mutex mutex;
    std::unique_ptr<StreamDeltas> deltas GUARDED_BY(mutex);
  };
  // The spans of a call that bring rows of one stream.
  struct Arrivals {
    Stream* stream = nullptr;
    std::vector<const Span*> spans;
    std::vector<std::shared_ptr<arrow::RecordBatch>> Batches() const;
  };
  // A span of a call, what is known of its seat, and what is left to do of it.
  struct Work {
    const Span* asked = nullptr;
    Held held;
    Cut cut;
  };
  // What came of one transaction.
  struct Outcome {
    Status status;
    bool unsure = false;  // the answer to COMMIT was lost
    std::vector<Refusal> refused;
  };

  Result<std::vector<Work>> Find(std::span<const Span> spans);
  Status ResolveAll(std::vector<Work>& work);
  Status ResolveOne(Work& work);
  CommitOutcome Answer(Outcome outcome, std::vector<Work>& work);
  Outcome Store(const std::vector<Span>& spans);
  Outcome Transfer(Connection& connection, const std::vector<Span>& spans, const std::vector<Arrivals>& all);
  Result<std::vector<Arrivals>> Sort(const std::vector<Span>& spans);
  static Status CheckForeignColumn(const Failure& failure, const std::vector<Arrivals>& all);
  std::vector<Refusal> FindTooWide(const std::vector<Arrivals>& all) const;
  Result<std::string> LastMessage(const std::vector<Span>& spans, const std::vector<Arrivals>& all);
  Status EnsureDays(Connection& connection, const std::vector<Arrivals>& all);

  Pool& pool_;
  DayCache& days_;
  std::map<std::string, std::unique_ptr<Stream>> streams_;  // by name; constant after Declare
  SeatBook book_;
  std::atomic<bool> schema_fault_ = false;
};

}  // namespace sluice::pg
