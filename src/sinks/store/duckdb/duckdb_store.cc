#include "sinks/store/duckdb/duckdb_store.h"

#include <fmt/format.h>

#include "platform/mutex.h"
#include "sinks/store/duckdb/commit.h"
#include "sinks/store/duckdb/pool.h"
#include "sinks/store/duckdb/questions.h"
#include "sinks/store/duckdb/sandbox.h"
#include "sinks/store/duckdb/schema.h"
#include "sinks/store/duckdb/upkeep.h"

namespace sluice {
namespace {

constexpr int kReaders = 4;
constexpr std::string_view kSummaryPrefix = "summary.";

class DuckDbStore : public Store {
 public:
  DuckDbStore(DuckDbStoreOptions options, std::unique_ptr<Database> database,
              std::unique_ptr<Connection> writer, Sandbox sandbox)
      : options_(std::move(options)),
        database_(std::move(database)),
        sandbox_(std::move(sandbox)),
        readers_(*database_, kReaders),
        writer_(std::move(writer)),
        committer_(*writer_, options_.shape),
        checkpointed_(options_.clock->Now()) {}

  // Registers a summary whose parts stand.
  void Keep(const SummarySpec& summary, SummarySql sql) EXCLUDES(writing_) {
    MutexLock lock(writing_);
    committer_.AddSummary(summary.stream, std::move(sql));
  }

  Result<SeatState> Claim(const Seat& seat, const std::string& log_id, Position start_if_new) override {
    MutexLock lock(writing_);
    return committer_.Claim(seat, log_id, start_if_new);
  }

  CommitOutcome Commit(std::span<const Span> spans) override {
    MutexLock lock(writing_);
    CommitOutcome outcome = committer_.Commit(spans);
    const bool works = outcome.kind != CommitOutcome::retry && outcome.kind != CommitOutcome::fatal;
    SetHealth(works ? Status() : outcome.status);
    return outcome;
  }

  Rows Readings(const ReadingsQuery& query) override {
    SLUICE_ASSIGN(const StreamSpec* stream, FindStream(query.stream));
    SLUICE_ASSIGN(auto reader, readers_.Take());
    return AskReadings(*reader, *stream, query);
  }
  Rows Keys(const std::string& stream) override {
    SLUICE_ASSIGN([[maybe_unused]] const StreamSpec* known, FindStream(stream));
    SLUICE_ASSIGN(auto reader, readers_.Take());
    return AskKeys(*reader, stream);
  }
  Result<StatsAnswer> Stats(const StatsQuery& query) override {
    SLUICE_ASSIGN(const StreamSpec* stream, FindStream(query.stream));
    SLUICE_ASSIGN(auto reader, readers_.Take());
    return AskStats(*reader, *stream, query);
  }
  Rows Windows(const WindowsQuery& query) override {
    SLUICE_ASSIGN(const SummarySpec* summary, FindSummary(query.summary));
    SLUICE_ASSIGN(auto reader, readers_.Take());
    return AskWindows(*reader, *summary, query);
  }
  Result<SqlAnswer> Sql(const SqlQuery& query) override {
    SLUICE_ASSIGN(auto reader, readers_.Take());
    return sandbox_.Run(*reader, query);
  }
  Result<std::vector<SeatRow>> Seats() override {
    SLUICE_ASSIGN(auto reader, readers_.Take());
    return AskSeats(*reader);
  }
  Result<Counted> CountRows(const std::string& stream, PartitionId partition, Position from,
                            Position next) override {
    SLUICE_ASSIGN(auto reader, readers_.Take());
    return AskCount(*reader, stream, partition, from, next);
  }
  Result<std::vector<StoredDeadLetter>> DeadLetters(const std::optional<std::string>& stream,
                                                    const std::vector<int64_t>& ids, int64_t limit) override {
    SLUICE_ASSIGN(auto reader, readers_.Take());
    return AskDeadLetters(*reader, stream, ids, limit);
  }

  Status Maintain(Timestamp now) override {
    MutexLock lock(writing_);
    const Status status = MaintainLocked(now);
    if (!status.ok()) SetHealth(status);
    return status;
  }

  Status DropDeadLetters(const std::vector<int64_t>& ids) override {
    if (ids.empty()) return {};
    MutexLock lock(writing_);
    return writer_->Run(fmt::format("DELETE FROM sluice_dead_letter WHERE id IN ({})", fmt::join(ids, ", ")));
  }

  Status Forget(const std::string& component) override {
    MutexLock lock(writing_);
    if (component.rfind(kSummaryPrefix, 0) == 0)
      return ForgetSummary(component.substr(kSummaryPrefix.size()));
    int64_t forgotten = 0;
    SLUICE_TRY(writer_->Run("DELETE FROM sluice_position WHERE job = ?", {component}, &forgotten));
    if (forgotten > 0) return {};
    return Status::Reject(fmt::format("the store knows no job '{}'", component));
  }

  Status Health() const override {
    MutexLock lock(health_mutex_);
    return health_;
  }

 private:
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

  Status MaintainLocked(Timestamp now) REQUIRES(writing_) {
    if (options_.shape.retain) {
      for (const StreamSpec& stream : options_.shape.streams) {
        SLUICE_TRY(ExpireRows(*writer_, stream, now - *options_.shape.retain));
      }
    }
    for (const SummarySpec& summary : options_.shape.summaries) {
      if (summary.retain) SLUICE_TRY(ExpireWindows(*writer_, summary, now - *summary.retain));
    }
    return CheckpointIfDue(now);
  }

  Status CheckpointIfDue(Timestamp now) REQUIRES(writing_) {
    if (options_.in_memory) return {};
    WalState wal = ReadWal(database_->path());
    wal.age = now - checkpointed_;
    if (!CheckpointDue(wal, options_.checkpoint_bytes.bytes, options_.checkpoint_every)) return {};
    const Status status = writer_->Run("CHECKPOINT");
    if (status.code() == Code::fatal) return status;
    // One that a running reader forbids is tried again at the next upkeep.
    if (status.ok()) checkpointed_ = now;
    return {};
  }

  // A summary that is still declared starts anew from the raw rows.
  Status ForgetSummary(const std::string& name) REQUIRES(writing_) {
    Transaction transaction(*writer_);
    SLUICE_TRY(transaction.Begin());
    int64_t known = 0;
    SLUICE_TRY(writer_->Run("UPDATE sluice_schema SET active = false WHERE kind = 'summary' AND name = ?",
                            {name}, &known));
    if (known == 0) return Status::Reject(fmt::format("the store knows no summary '{}'", name));
    SLUICE_TRY(DropSummary(*writer_, name));
    SLUICE_TRY(transaction.Commit());
    const auto summary = FindSummary(name);
    if (!summary.ok()) return {};
    SLUICE_ASSIGN(const StreamSpec* stream, FindStream((*summary)->stream));
    SLUICE_ASSIGN(const SummarySql sql, SummarySql::Make(**summary, *stream));
    return PrepareSummary(*writer_, **summary, sql);
  }

  void SetHealth(Status health) {
    MutexLock lock(health_mutex_);
    health_ = std::move(health);
  }

  const DuckDbStoreOptions options_;
  const std::unique_ptr<Database> database_;  // outlives every connection below
  const Sandbox sandbox_;
  ReaderPool readers_;

  Mutex writing_;
  const std::unique_ptr<Connection> writer_ GUARDED_BY(writing_);
  Committer committer_ GUARDED_BY(writing_);
  Timestamp checkpointed_ GUARDED_BY(writing_);

  mutable Mutex health_mutex_;
  Status health_ GUARDED_BY(health_mutex_);
};

const StreamSpec* StreamOf(const StoreShape& shape, const std::string& name) {
  for (const StreamSpec& stream : shape.streams) {
    if (stream.name == name) return &stream;
  }
  return nullptr;
}

struct Kept {
  SummarySpec summary;
  SummarySql sql;
};

// Every table, view and part as the shape wants them.
Result<std::vector<Kept>> Prepare(Connection& connection, const StoreShape& shape) {
  SLUICE_TRY(PrepareSystemTables(connection));
  for (const StreamSpec& stream : shape.streams) SLUICE_TRY(PrepareStream(connection, stream));
  SLUICE_TRY(RetireSummaries(connection, shape.summaries));
  std::vector<Kept> kept;
  for (const SummarySpec& summary : shape.summaries) {
    const StreamSpec* stream = StreamOf(shape, summary.stream);
    if (stream == nullptr) {
      return Status::Reject(
          fmt::format("summary '{}': there is no stream '{}'", summary.name, summary.stream));
    }
    SLUICE_ASSIGN(SummarySql sql, SummarySql::Make(summary, *stream));
    SLUICE_TRY(PrepareSummary(connection, summary, sql));
    kept.push_back({summary, std::move(sql)});
  }
  return kept;
}

}  // namespace

Result<std::unique_ptr<Store>> OpenDuckDbStore(DuckDbStoreOptions options) {
  const std::string file = options.in_memory ? "" : options.file;
  SLUICE_ASSIGN(auto database, Database::Open({.path = file,
                                               .temp_directory = file.empty() ? "" : file + ".tmp",
                                               .memory = options.memory,
                                               .threads = options.threads}));
  SLUICE_ASSIGN(auto writer, database->Connect());
  SLUICE_ASSIGN(auto kept, Prepare(*writer, options.shape));
  SLUICE_ASSIGN(Sandbox sandbox, Sandbox::Make(*writer));
  auto store = std::make_unique<DuckDbStore>(std::move(options), std::move(database), std::move(writer),
                                             std::move(sandbox));
  for (Kept& one : kept) store->Keep(one.summary, std::move(one.sql));
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace sluice
