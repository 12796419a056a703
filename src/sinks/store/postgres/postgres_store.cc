#include "sinks/store/postgres/postgres_store.h"

#include <atomic>

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/postgres/commit.h"
#include "sinks/store/postgres/questions.h"
#include "sinks/store/postgres/rights.h"
#include "sinks/store/postgres/schema.h"
#include "sinks/store/postgres/upkeep.h"
#include "sinks/store/postgres/user_sql.h"
#include "sinks/store/rows.h"
#include "sinks/store/sql_text.h"
#include "sinks/store/table_plan.h"

namespace sluice::pg {
namespace {

constexpr std::string_view kSummaryPrefix = "summary.";
constexpr std::string_view kJobPrefix = "store.";
// A question may take this long; its connection waits a little longer.
constexpr Duration kLongestQuestion = std::chrono::minutes(2);
// Building a summary from all rows that are there.
constexpr Duration kLongestPreparation = std::chrono::hours(2);

Target ReaderTarget(Target target) {
  target.patience = kLongestQuestion + std::chrono::seconds(10);
  return target;
}

class PostgresStore : public Store {
 public:
  explicit PostgresStore(PostgresStoreOptions options)
      : options_(std::move(options)),
        writers_({.target = options_.target, .limit = options_.writers}),
        readers_({.target = ReaderTarget(options_.target),
                  .limit = options_.readers,
                  .set_up = fmt::format("SET statement_timeout = {}", kLongestQuestion.count() / 1000)}),
        committer_(writers_, days_) {}

  Status Declare() {
    const auto streams = std::max<int64_t>(1, static_cast<int64_t>(options_.shape.streams.size()));
    return committer_.Declare(options_.shape, std::max(MiB(32), ByteSize{options_.memory.bytes / streams}));
  }

  // Tables, views and fence as the shape wants them; done once, and again when they are found otherwise.
  Status EnsureReady() EXCLUDES(preparing_) {
    if (ready_) return {};
    const MutexLock lock(preparing_);
    if (ready_) return {};
    const Status prepared = PrepareNow();
    ready_ = prepared.ok();
    if (prepared.ok()) known_ = true;
    return Noted(prepared);
  }

  Result<SeatState> Claim(const Seat& seat, const std::string& log_id, Position start_if_new) override {
    SLUICE_TRY(AsRetry(EnsureReady()));
    auto state = committer_.Claim(seat, log_id, start_if_new);
    SLUICE_TRY(AsRetry(Noted(state.ok() ? Status() : state.status())));
    return state;
  }

  CommitOutcome Commit(std::span<const Span> spans) override {
    if (const Status ready = EnsureReady(); !ready.ok()) {
      return {.kind = CommitOutcome::retry, .status = AsRetry(ready)};
    }
    CommitOutcome outcome = committer_.Commit(spans);
    if (committer_.TakeSchemaFault()) ready_ = false;
    const bool works = outcome.kind != CommitOutcome::retry && outcome.kind != CommitOutcome::fatal;
    (void)Noted(works ? Status() : outcome.status);
    return outcome;
  }

  Rows Readings(const ReadingsQuery& query) override {
    SLUICE_ASSIGN(const StreamSpec* stream, FindStream(query.stream));
    SLUICE_ASSIGN(auto reader, Reader());
    return AskReadings(*reader, *stream, query);
  }
  Rows Keys(const KeysQuery& query) override {
    SLUICE_ASSIGN([[maybe_unused]] const StreamSpec* known, FindStream(query.stream));
    SLUICE_ASSIGN(auto reader, Reader());
    return AskKeys(*reader, query);
  }
  Result<StatsAnswer> Stats(const StatsQuery& query) override {
    SLUICE_ASSIGN(const StreamSpec* stream, FindStream(query.stream));
    SLUICE_ASSIGN(auto reader, Reader());
    return AskStats(*reader, *stream, query);
  }
  Rows Windows(const WindowsQuery& query) override {
    SLUICE_ASSIGN(const SummarySpec* summary, FindSummary(query.summary));
    SLUICE_ASSIGN(const StreamSpec* stream, FindStream(summary->stream));
    SLUICE_ASSIGN(auto reader, Reader());
    auto windows = AskWindows(*reader, *summary, *stream, query);
    // No commit would miss a view that somebody dropped.
    if (!windows.ok() && IsSchemaFault(reader->failure())) ready_ = false;
    return windows;
  }
  Result<SqlAnswer> Sql(const SqlQuery& query) override {
    SLUICE_ASSIGN(auto reader, Reader());
    return RunUserSql(*reader, query);
  }
  Result<std::vector<SeatRow>> Seats() override {
    SLUICE_ASSIGN(auto reader, Reader());
    return AskSeats(*reader);
  }
  Result<Counted> CountRows(const std::string& stream, PartitionId partition, Position from,
                            Position next) override {
    SLUICE_ASSIGN(auto reader, Reader());
    return AskCount(*reader, stream, partition, from, next);
  }
  Result<std::vector<StoredDeadLetter>> DeadLetters(const DeadLettersQuery& query) override {
    SLUICE_ASSIGN(auto reader, Reader());
    return AskDeadLetters(*reader, query);
  }

  Status Maintain(Timestamp now) override {
    SLUICE_TRY(AsRetry(EnsureReady()));
    SLUICE_ASSIGN(auto connection, writers_.Take());
    return NameMissingRights(*connection, AsRetry(MaintainOn(*connection, now)));
  }

  Status DropDeadLetters(const std::vector<int64_t>& ids) override {
    if (ids.empty()) return {};
    SLUICE_TRY(AsRetry(EnsureReady()));
    SLUICE_ASSIGN(auto connection, writers_.Take());
    return connection->Run(
        fmt::format("DELETE FROM sluice_dead_letter WHERE id IN ({})", fmt::join(ids, ", ")));
  }

  Status Forget(const std::string& component) override {
    SLUICE_TRY(AsRetry(EnsureReady()));
    SLUICE_ASSIGN(auto connection, writers_.Take());
    if (component.starts_with(kSummaryPrefix)) {
      return ForgetSummary(*connection, component.substr(kSummaryPrefix.size()));
    }
    return ForgetJob(*connection, component);
  }

  Status Health() const override {
    const MutexLock lock(health_mutex_);
    return health_;
  }

 private:
  // At the start a refusal ends the program; while it runs, somebody altered the database: a state.
  static Status AsRetry(const Status& status) {
    return status.code() == Code::reject ? Status::Retry(status.message()) : status;
  }

  Status Noted(const Status& status) EXCLUDES(health_mutex_) {
    const MutexLock lock(health_mutex_);
    health_ = status;
    return status;
  }

  // What was there once is asked for, also while nothing can be stored.
  Result<Pool::Lease> Reader() {
    if (!known_) SLUICE_TRY(AsRetry(EnsureReady()));
    return readers_.Take();
  }
  Status PrepareNow() REQUIRES(preparing_) {
    SLUICE_ASSIGN(auto connection, writers_.Take());
    if (options_.look) return CheckThere(*connection, options_.target.schema);
    connection->set_patience(kLongestPreparation);
    const Status prepared = Prepare(*connection, options_.shape,
                                    {.schema = options_.target.schema,
                                     .by_key_index = options_.by_key_index,
                                     .memory = options_.memory,
                                     .again = known_});
    connection->set_patience(options_.target.patience);
    return NameMissingRights(*connection, prepared);
  }

  Result<const StreamSpec*> FindStream(const std::string& name) const {
    for (const StreamSpec& stream : options_.shape.streams) {
      if (stream.name == name) return &stream;
    }
    return Status::Reject(fmt::format("there is no stream '{}'", name));
  }
  Result<const SummarySpec*> FindSummary(const std::string& name) const {
    for (const SummarySpec& summary : options_.shape.summaries) {
      if (summary.name == name) return &summary;
    }
    return Status::Reject(fmt::format("there is no summary '{}'", name));
  }

  Status MaintainOn(Connection& connection, Timestamp now) {
    SLUICE_TRY(MakeDaysAhead(connection, days_, options_.shape, now));
    for (const StreamSpec& stream : options_.shape.streams) {
      if (!options_.shape.retain) break;
      SLUICE_TRY(ExpireDays(connection, stream, now - *options_.shape.retain));
      days_.Forget(stream.name);
    }
    for (const SummarySpec& summary : options_.shape.summaries) {
      if (summary.retain) SLUICE_TRY(ExpireWindows(connection, summary, now - *summary.retain));
    }
    return {};
  }

  Status ForgetJob(Connection& connection, const std::string& job) {
    const std::string stream = job.starts_with(kJobPrefix) ? job.substr(kJobPrefix.size()) : "";
    if (!stream.empty() && FindStream(stream).ok()) return DeclaredStream(stream);
    // Table, keys and schema stay: a stream that comes back goes on behind its last row (ClaimSeat).
    SLUICE_TRY(connection.Run("BEGIN"));
    Rollback rollback(connection);
    int64_t forgotten = 0;
    SLUICE_TRY(connection.Run("DELETE FROM sluice_position WHERE job = " + QuoteText(job), &forgotten));
    if (forgotten == 0) return Status::Reject(fmt::format("the store knows no job '{}'", job));
    SLUICE_TRY(connection.Run(
        fmt::format("UPDATE sluice_expired SET rows = 0 WHERE stream = {}; COMMIT", QuoteText(stream))));
    rollback.Over();
    return {};
  }

  // A summary that is still declared starts anew from the raw rows.
  Status ForgetSummary(Connection& connection, const std::string& name) {
    SLUICE_TRY(connection.Run(BeginAlone() + "; " + kLockCommits));
    Rollback rollback(connection);
    int64_t known = 0;
    SLUICE_TRY(connection.Run(
        fmt::format("UPDATE sluice_schema SET active = false WHERE kind = 'summary' AND name = {}",
                    QuoteText(name)),
        &known));
    if (known == 0) return Status::Reject(fmt::format("the store knows no summary '{}'", name));
    if (const auto summary = FindSummary(name); summary.ok()) {
      SLUICE_ASSIGN(const StreamSpec* stream, FindStream((*summary)->stream));
      connection.set_patience(kLongestPreparation);
      const Status filled = RefillSummary(connection, **summary, *stream, options_.memory);
      connection.set_patience(options_.target.patience);
      SLUICE_TRY(filled);
    } else {
      SLUICE_TRY(DropSummary(connection, name));
    }
    SLUICE_TRY(connection.Run("COMMIT"));
    rollback.Over();
    return {};
  }

  const PostgresStoreOptions options_;
  Pool writers_;
  Pool readers_;
  DayCache days_;
  Committer committer_;

  Mutex preparing_;
  std::atomic<bool> ready_ = false;
  std::atomic<bool> known_ = false;  // it has been ready once

  mutable Mutex health_mutex_;
  Status health_ GUARDED_BY(health_mutex_);
};

}  // namespace

Result<std::unique_ptr<Store>> OpenPostgresStore(PostgresStoreOptions options) {
  auto store = std::make_unique<PostgresStore>(std::move(options));
  SLUICE_TRY(store->Declare());
  if (const Status ready = store->EnsureReady(); !ready.ok() && ready.code() != Code::retry) return ready;
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace sluice::pg
