#include "sinks/store/duckdb/duckdb_store.h"

#include <filesystem>

#include <fmt/format.h>

#include "platform/mutex.h"
#include "platform/random.h"
#include "sinks/store/duckdb/commit.h"
#include "sinks/store/duckdb/pool.h"
#include "sinks/store/duckdb/questions.h"
#include "sinks/store/duckdb/sandbox.h"
#include "sinks/store/duckdb/schema.h"
#include "sinks/store/duckdb/sized.h"
#include "sinks/store/duckdb/turn.h"
#include "sinks/store/duckdb/upkeep.h"
#include "sinks/store/gone_summaries.h"
#include "sinks/store/table_plan.h"

namespace sluice {
namespace {

constexpr int kReaders = 4;
constexpr std::string_view kSummaryPrefix = "summary.";
constexpr std::string_view kJobPrefix = "store.";

class DuckDbStore : public Store {
 public:
  DuckDbStore(DuckDbStoreOptions options, std::unique_ptr<Database> database,
              std::unique_ptr<Connection> writer, Sandbox sandbox)
      : options_(std::move(options)),
        database_(std::move(database)),
        sandbox_(std::move(sandbox)),
        readers_(*database_, kReaders, HoldSizes),
        writer_(std::move(writer)),
        committer_(*writer_, options_.shape),
        checkpointed_(options_.clock->Now()) {}

  // Registers a summary whose parts stand.
  void Keep(const SummarySpec& summary, SummarySql sql) EXCLUDES(writing_) {
    const Turn turn(door_, writing_);
    committer_.AddSummary(summary.stream, std::move(sql));
  }

  Result<SeatState> Claim(const Seat& seat, const std::string& log_id, Position start_if_new) override {
    const Turn turn(door_, writing_);
    return committer_.Claim(seat, log_id, start_if_new);
  }

  CommitOutcome Commit(std::span<const Span> spans) override {
    const Turn turn(door_, writing_);
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
  Rows Keys(const KeysQuery& query) override {
    SLUICE_ASSIGN([[maybe_unused]] const StreamSpec* known, FindStream(query.stream));
    SLUICE_ASSIGN(auto reader, readers_.Take());
    return AskKeys(*reader, query);
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
  Result<std::vector<StoredDeadLetter>> DeadLetters(const DeadLettersQuery& query) override {
    SLUICE_ASSIGN(auto reader, readers_.Take());
    return AskDeadLetters(*reader, query);
  }

  Status Maintain(Timestamp now) override {
    const MutexLock lock(upkeep_mutex_);
    Status status = Expire(now);
    if (status.ok()) status = CheckpointIfDue(now);
    return status;
  }

  Status DropDeadLetters(const std::vector<int64_t>& ids) override {
    if (ids.empty()) return {};
    const Turn turn(door_, writing_);
    return writer_->Run(fmt::format("DELETE FROM sluice_dead_letter WHERE id IN ({})", fmt::join(ids, ", ")));
  }

  Status Forget(const std::string& component) override {
    const Turn turn(door_, writing_);
    if (component.starts_with(kSummaryPrefix)) return ForgetSummary(component.substr(kSummaryPrefix.size()));
    return ForgetJob(component);
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

  // In small steps, each in its own turn.
  Status Expire(Timestamp now) EXCLUDES(writing_) {
    for (const StreamSpec& stream : options_.shape.streams) {
      if (options_.shape.retain) SLUICE_TRY(ExpireStream(stream, now - *options_.shape.retain));
    }
    for (const SummarySpec& summary : options_.shape.summaries) {
      if (!summary.retain) continue;
      const Turn turn(door_, writing_);
      SLUICE_TRY(ExpireWindows(*writer_, summary, now - *summary.retain));
    }
    return {};
  }
  Status ExpireStream(const StreamSpec& stream, Timestamp cutoff) EXCLUDES(writing_) {
    std::vector<PositionRange> ranges;
    {
      SLUICE_ASSIGN(auto reader, readers_.Take());
      SLUICE_ASSIGN(ranges, FindExpired(*reader, stream, cutoff));
    }
    for (const PositionRange& range : ranges) {
      const Turn turn(door_, writing_);
      SLUICE_TRY(ExpireRows(*writer_, stream, cutoff, range));
    }
    return {};
  }

  // Beside the commits when DuckDB can, otherwise in a turn of its own: one that is put off for ever would
  // let the write-ahead log grow.
  Status CheckpointIfDue(Timestamp now) REQUIRES(upkeep_mutex_) {
    if (options_.in_memory) return {};
    WalState wal = ReadWal(database_->path());
    wal.age = now - checkpointed_;
    if (!CheckpointDue(wal, options_.checkpoint_bytes.bytes, options_.checkpoint_every)) return {};
    SLUICE_ASSIGN(auto reader, readers_.Take());
    Status status = (*reader).Run("CHECKPOINT");
    if (!status.ok() && status.code() != Code::fatal) {
      const Turn turn(door_, writing_);
      status = (*reader).Run("CHECKPOINT");
    }
    if (status.code() == Code::fatal) return status;
    // One that a running reader forbids is tried again at the next upkeep.
    if (status.ok()) checkpointed_ = now;
    return {};
  }

  Status ForgetJob(const std::string& job) REQUIRES(writing_) {
    const std::string stream = job.starts_with(kJobPrefix) ? job.substr(kJobPrefix.size()) : "";
    if (!stream.empty() && FindStream(stream).ok()) return DeclaredStream(stream);
    // Table, keys and schema stay: a stream that comes back goes on behind its last row (Committer::Claim).
    Transaction transaction(*writer_);
    SLUICE_TRY(transaction.Begin());
    int64_t forgotten = 0;
    SLUICE_TRY(writer_->Run("DELETE FROM sluice_position WHERE job = ?", {job}, &forgotten));
    if (forgotten == 0) return Status::Reject(fmt::format("the store knows no job '{}'", job));
    SLUICE_TRY(writer_->Run("UPDATE sluice_expired SET rows = 0 WHERE stream = ?", {stream}));
    return transaction.Commit();
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
    if (const auto summary = FindSummary(name); summary.ok()) {
      SLUICE_ASSIGN(const StreamSpec* stream, FindStream((*summary)->stream));
      SLUICE_ASSIGN(const SummarySql sql, SummarySql::Make(**summary, *stream));
      SLUICE_TRY(BuildSummary(*writer_, **summary, sql));
    }
    return transaction.Commit();
  }

  void SetHealth(Status health) {
    MutexLock lock(health_mutex_);
    health_ = std::move(health);
  }

  const DuckDbStoreOptions options_;
  const std::unique_ptr<Database> database_;  // outlives every connection below
  const Sandbox sandbox_;
  ReaderPool readers_;

  Mutex door_;  // of `writing_`
  Mutex writing_;
  const std::unique_ptr<Connection> writer_ GUARDED_BY(writing_);
  Committer committer_ GUARDED_BY(writing_);

  Mutex upkeep_mutex_;
  Timestamp checkpointed_ GUARDED_BY(upkeep_mutex_);

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
Result<std::vector<Kept>> Prepare(Connection& connection, const StoreShape& shape, bool look) {
  if (look) SLUICE_TRY(CheckSystemTables(connection));
  if (look) return std::vector<Kept>();
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

// Beside the file, unless nothing may be written there. DuckDB makes it when it needs it, and removes it.
std::string TempDirectoryFor(const std::string& file, bool look) {
  if (file.empty()) return "";
  if (!look) return file + ".tmp";
  std::error_code none;
  const auto temp = std::filesystem::temp_directory_path(none);
  return none ? "" : (temp / ("sluice-" + RandomId())).string();
}

}  // namespace

Result<std::unique_ptr<Store>> OpenDuckDbStore(DuckDbStoreOptions options) {
  const std::string file = options.in_memory ? "" : options.file;
  const bool look = options.look;
  SLUICE_ASSIGN(auto database, Database::Open({.path = file,
                                               .temp_directory = TempDirectoryFor(file, look),
                                               .memory = options.memory,
                                               .threads = options.threads,
                                               .read_only = look}));
  SLUICE_ASSIGN(auto writer, database->Connect());
  SLUICE_ASSIGN(auto kept, Prepare(*writer, options.shape, look));
  SLUICE_ASSIGN(Sandbox sandbox, Sandbox::Make(*writer));
  auto store = std::make_unique<DuckDbStore>(std::move(options), std::move(database), std::move(writer),
                                             std::move(sandbox));
  for (Kept& one : kept) store->Keep(one.summary, std::move(one.sql));
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace sluice
