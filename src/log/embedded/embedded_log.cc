#include "log/embedded/embedded_log.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "log/embedded/damaged_run.h"
#include "log/embedded/gather.h"
#include "log/embedded/log_impl.h"
#include "log/partitioner.h"

namespace sluice {
namespace embedded {
namespace {
// Retention by bytes begins before the log is full, so that an append need not wait for it.
constexpr int64_t BeginAt(int64_t max_bytes) { return max_bytes - max_bytes / 16; }
constexpr int64_t EndAt(int64_t max_bytes) { return max_bytes - max_bytes / 8; }

// What an append puts into one partition: encoded here, on the appender's thread, unless it is small.
Status AddPieces(PartitionId partition, Batch part, std::vector<AppendWork::Piece>& pieces) {
  if (const int64_t bytes = part.ByteSize(); bytes < kSmallBatchBytes) {
    pieces.push_back({.partition = partition, .bytes = bytes, .small = std::move(part), .encoded = {}});
    return {};
  }
  for (const Batch& cut : CutToSize(std::move(part))) {
    SLUICE_ASSIGN(EncodedPayload payload, EncodePayload(cut));
    pieces.push_back(
        {.partition = partition, .bytes = payload.StoredBytes(), .small = {}, .encoded = std::move(payload)});
  }
  return {};
}
}  // namespace

EmbeddedLog::EmbeddedLog(EmbeddedLogOptions options, Opened opened)
    : options_(std::move(options)),
      opened_(std::move(opened)),
      database_(*opened_.database),
      state_(std::move(opened_.catalog), LimitsFor(options_.max_bytes, options_.retain)),
      upkeep_(options_, database_, state_),
      committer_(options_.background,
                 {.commit = [this](Works& works) { return CommitGroup(works); },
                  .finish = [this](Works& works, const Status& outcome) { FinishGroup(works, outcome); }}) {
  upkeep_.Start(
      [this](FunctionWork::Function function) {
        // Once a second: what a power cut can make us forget of the ends is what was given since.
        const auto with_ends = [this, function = std::move(function)](Group& group) {
          const Status synced = opened_.ends->Sync();
          return synced.ok() ? function(group) : upkeep_.Judge(synced);
        };
        auto work = std::make_unique<FunctionWork>(with_ends, nullptr);
        work->frees_space = true;
        committer_.Add(std::move(work));
      },
      [this] { return PassAllDamage(); });
}

EmbeddedLog::~EmbeddedLog() {
  upkeep_.Stop();
  committer_.Stop();
  if (upkeep_.Ready().ok()) opened_.ends->Close();
}

Status EmbeddedLog::Ask(FunctionWork::Function function) {
  Status answer;
  committer_.AddAndWait(std::make_unique<FunctionWork>(std::move(function), &answer));
  return answer;
}

Status EmbeddedLog::Declare(const StreamSpec& stream) {
  MutexLock lock(declare_mutex_);
  SLUICE_TRY(Ask([this, stream](Group& group) { return DeclareStream(group, state_, stream); }));
  return KeepStreamCopy(*opened_.files, options_.directory, state_.StreamCopy());
}

Status EmbeddedLog::Admit(int64_t bytes) {
  if (!options_.background) upkeep_.TryResume();
  SLUICE_TRY(upkeep_.Ready());
  const int64_t under_way = under_way_;
  if (under_way > 0 && under_way + bytes > options_.max_bytes_under_way) {
    return Status::Retry(fmt::format("the log is busy: {} bytes are under way", under_way));
  }
  refused_bytes_ = 0;
  if (state_.total_bytes() + under_way + bytes <= options_.max_bytes) return {};
  AskRetention();
  if (state_.total_bytes() + under_way + bytes <= options_.max_bytes) return {};
  refused_bytes_ = bytes;
  return upkeep_.Full();
}

void EmbeddedLog::AskRetention() {
  auto work = std::make_unique<FunctionWork>([this](Group& group) { return Retain(group); }, nullptr);
  work->frees_space = true;
  committer_.Add(std::move(work));
}

Status EmbeddedLog::Retain(Group& group) {
  state_.Retain(group, options_.retain, state_.total_bytes() - EndAt(options_.max_bytes));
  return {};
}

Status EmbeddedLog::Append(const std::string& stream, Batch batch, std::optional<OriginStep> step,
                           Completion completion) {
  const int64_t bytes = batch.ByteSize();
  SLUICE_TRY(Admit(bytes));
  SLUICE_ASSIGN(AppendTarget target, state_.TargetOf(stream));
  if (!batch.rows->schema()->Equals(*target.row_schema)) {
    return Status::Reject(fmt::format("the batch does not have the columns of stream {}", stream));
  }
  std::vector<AppendWork::Piece> pieces;
  PartitionId partition = 0;
  for (Batch& part : SplitByPartition(target.spec, std::move(batch))) {
    if (part.Count() > 0) SLUICE_TRY(AddPieces(partition, std::move(part), pieces));
    ++partition;
  }
  under_way_ += bytes;
  committer_.Add(std::make_unique<AppendWork>(std::move(target), std::move(pieces), std::move(step),
                                              std::move(completion), under_way_, bytes));
  return {};
}

Status EmbeddedLog::CommitGroup(Works& works) {
  const bool frees =
      std::all_of(works.begin(), works.end(), [](const auto& work) { return work->frees_space; });
  SLUICE_TRY(upkeep_.ReadyFor(frees));
  Group group(database_);
  group.now = options_.clock->Now();
  for (const auto& work : works) work->Prepare(group);
  SLUICE_TRY(group.unstorable);
  SLUICE_TRY(StoreGathered(group));
  for (const auto& [owner, change] : group.partitions) {
    PartitionState ends{.low = change.low, .next = change.next};
    (void)group.writes.Put(database_.meta(), EndsKey(owner.first->id, owner.second), EncodeEnds(ends));
  }
  state_.WriteSegments(group);
  for (const auto& [owner, change] : group.partitions) {
    const Status reserved = opened_.ends->Reserve(owner.first->id, owner.second, change.next);
    if (!reserved.ok()) return upkeep_.Judge(reserved);
  }
  if (group.writes.Count() > 0) SLUICE_TRY(upkeep_.Judge(database_.Write(group.writes, true)));
  state_.Apply(group);
  for (const auto& [owner, change] : group.partitions)
    opened_.ends->Note(owner.first->id, owner.second, change.next);
  return {};
}

void EmbeddedLog::FinishGroup(Works& works, const Status& outcome) {
  std::set<std::string> streams;
  for (const auto& work : works) {
    work->Finish(outcome);
    const auto* append = dynamic_cast<const AppendWork*>(work.get());
    if (append && outcome.ok() && append->appended()) streams.insert(append->stream());
  }
  if (!streams.empty()) Notify(streams);
  if (outcome.ok() && state_.total_bytes() > BeginAt(options_.max_bytes) && !streams.empty()) AskRetention();
}

void EmbeddedLog::Notify(const std::set<std::string>& streams) {
  std::vector<Listener> listeners;
  {
    MutexLock lock(listeners_mutex_);
    listeners = listeners_;
  }
  for (const Listener& listener : listeners) {
    for (const std::string& stream : streams) listener(stream);
  }
}

Result<OriginState> EmbeddedLog::Claim(const std::string& origin) {
  Result<OriginState> answer = Status::Fatal("not answered");
  committer_.AddAndWait(std::make_unique<ClaimWork>(origin, answer));
  return answer;
}

Result<Slice> EmbeddedLog::Read(const std::string& stream, PartitionId partition, Position from,
                                int64_t byte_budget) {
  SLUICE_ASSIGN(const ReadView view, state_.ViewOf(stream, partition));
  if (from < view.low || from > view.high) {
    return Status::Reject(
        fmt::format("stream {} partition {}: position {} is outside what the log holds, {} to {}", stream,
                    partition, from, view.low, view.high));
  }
  auto slice = ReadSlice(database_, view, from, byte_budget);
  if (!slice.ok() && slice.status().code() == Code::reject) {
    SLUICE_ASSIGN(const bool passed, PassDamage(stream, view, from));
    if (passed) return Read(stream, partition, from, byte_budget);
  }
  if (!slice.ok()) return slice.status().In(fmt::format("stream {} partition {}", stream, partition));
  // Retention may have overtaken the read: then what is missing is not lost.
  SLUICE_ASSIGN(const Ends after, state_.EndsOf(stream, partition));
  if (slice->lost > 0 && after.low > from) return Read(stream, partition, from, byte_budget);
  return slice;
}

Result<bool> EmbeddedLog::PassDamage(const std::string& stream, const ReadView& view, Position from) {
  StreamState* const state = state_.Find(stream);
  const Position start = state_.BatchBefore(*state, view.partition, from);
  SLUICE_ASSIGN(const DamagedRun run, FindDamagedRun(database_, view, start, from));
  if (run.batches.empty()) return false;
  KeepBatches(*opened_.files, database_, options_.directory, run.batches);
  SLUICE_TRY(Ask([state, id = view.partition, run](Group& group) { return GiveUp(group, *state, id, run); }));
  if (options_.report) {
    options_.report(
        fmt::format("stream {} partition {}: positions {} to {} are lost: {}; what the disk gives "
                    "of them is in {}/damaged-batches",
                    stream, view.partition, run.first, run.next - 1, run.why, options_.directory));
  }
  return true;
}

Status EmbeddedLog::PassAllDamage() {
  for (const auto& [stream, partition] : state_.Partitions()) {
    SLUICE_ASSIGN(const ReadView view, state_.ViewOf(stream, partition));
    SLUICE_ASSIGN(const auto damaged, FindDamaged(database_, view));
    for (const Position at : damaged) {
      if (const auto passed = PassDamage(stream, view, at); !passed.ok()) return passed.status();
    }
  }
  return {};
}

Result<Ends> EmbeddedLog::EndsOf(const std::string& stream, PartitionId partition) {
  return state_.EndsOf(stream, partition);
}

Status EmbeddedLog::Trim(const std::string& stream, PartitionId partition, Position below) {
  if (const auto known = state_.EndsOf(stream, partition); !known.ok()) return known.status();
  state_.Trim(*state_.Find(stream), partition, below);
  if (state_.RetentionDue(options_.clock->Now(), options_.retain) ||
      state_.total_bytes() > BeginAt(options_.max_bytes)) {
    AskRetention();
  }
  if (!options_.background) upkeep_.Tend();
  return {};
}

Status EmbeddedLog::RaiseTo(const std::string& stream, PartitionId partition, Position next) {
  if (const auto known = state_.EndsOf(stream, partition); !known.ok()) return known.status();
  StreamState* const state = state_.Find(stream);
  return Ask(
      [state, partition, next](Group& group) { return embedded::RaiseTo(group, *state, partition, next); });
}

void EmbeddedLog::Subscribe(Listener listener) {
  MutexLock lock(listeners_mutex_);
  listeners_.push_back(std::move(listener));
}

Status EmbeddedLog::Health() const {
  SLUICE_TRY(upkeep_.Ready());
  return state_.total_bytes() + refused_bytes_ > options_.max_bytes ? upkeep_.Full() : Status();
}

}  // namespace embedded

Result<std::unique_ptr<Log>> OpenEmbeddedLog(EmbeddedLogOptions options) {
  SLUICE_ASSIGN(embedded::Opened opened, embedded::OpenDirectory(options));
  return std::unique_ptr<Log>(new embedded::EmbeddedLog(std::move(options), std::move(opened)));
}

std::shared_ptr<rocksdb::FileSystem> MemoryFileSystem() {
  const std::shared_ptr<rocksdb::Env> memory(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  return {memory, memory->GetFileSystem().get()};
}

}  // namespace sluice
