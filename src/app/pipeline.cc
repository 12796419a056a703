#include "app/pipeline.h"

#include <algorithm>

#include <fmt/format.h>

#include "log/dead_stream.h"
#include "sinks/store/stream_sql.h"
#include "telemetry/events.h"

namespace sluice {
namespace {

constexpr std::string_view kFormat = "1\n";

// Shares of the memory budget: the log's buffers, the store, what sources may have under way, what jobs hold.
ByteSize Share(ByteSize whole, int percent) { return {whole.bytes * percent / 100}; }

// Of an opening: what it takes when all is well needs no word.
constexpr Duration kPatience = std::chrono::seconds(2);

// True once, when so much time has passed.
auto OnceAfter(Duration patience) {
  return [at = std::chrono::steady_clock::now() + patience, said = false]() mutable {
    if (said || std::chrono::steady_clock::now() < at) return false;
    said = true;
    return true;
  };
}

// A store that is new beside a log that is not (its directory was deleted, or the stream is stored from now
// on).
void TellOfLateBeginnings(const Job& job) {
  for (const auto& [seat, position] : job.Positions()) {
    const bool untouched = position.next == position.start && position.terms.Sum() == 0;
    if (position.start == 0 || !untouched) continue;
    Event(
        Level::warn, job.Name(),
        fmt::format("begins at position {} of {} partition {}: the store holds nothing of what came before, "
                    "and the log has let it go",
                    position.start, seat.stream, seat.partition));
  }
}

}  // namespace

Pipeline::Pipeline(PipelineSpec spec, const PipelineContext& context)
    : spec_(std::move(spec)), context_(context) {}

Result<std::unique_ptr<Pipeline>> Pipeline::Open(PipelineSpec spec, const PipelineContext& context) {
  std::unique_ptr<Pipeline> pipeline(new Pipeline(std::move(spec), context));
  const Roles& roles = pipeline->roles();
  if (pipeline->NeedsDirectory()) SLUICE_TRY(pipeline->OpenDataDirectory());
  SLUICE_TRY(pipeline->OpenLog());
  if (roles.UseStore()) SLUICE_TRY(pipeline->OpenStore());
  if (pipeline->context_.look) return pipeline;
  if (roles.UseStore()) SLUICE_TRY(pipeline->FindGoneJobs());
  SLUICE_TRY(pipeline->MakeJobs());
  pipeline->MakeIntakes();
  SLUICE_TRY(pipeline->MakeSources());
  pipeline->MakeUpkeep();
  return pipeline;
}

Pipeline::~Pipeline() {
  // The log still completes appends and wakes jobs while it closes: it ends before whom it calls.
  upkeep_.clear();
  extra_tasks_.clear();
  log_.reset();
  jobs_.clear();
  store_.reset();
  sources_.clear();
  intakes_.clear();
  lock_.reset();
}

void Pipeline::SayOpening(const std::string& component, const std::string& reason) const {
  if (context_.opening) context_.opening(component, reason);
}

// What processes share lies elsewhere; two of them on one machine must not dispute a directory. (They may
// have data_dir/log/keys in common: each makes a folder of its own in it.)
bool Pipeline::NeedsDirectory() const {
  if (context_.in_memory) return false;
  return !LogKindOf(spec_, context_.components).shared ||
         (roles().UseStore() && !StoreKindOf(spec_, context_.components).shared);
}

bool Pipeline::RunsSources() const {
  return std::any_of(spec_.sources.begin(), spec_.sources.end(),
                     [&](const ComponentSpec& source) { return roles().Run(source.Title()); });
}

Status Pipeline::OpenDataDirectory() {
  Files& files = context_.files;
  const std::string path = spec_.data_dir + "/FORMAT";
  if (context_.look) {
    SLUICE_ASSIGN(lock_, DirectoryLock::Share(spec_.data_dir));
  } else {
    SLUICE_TRY(files.MakeDirectories(spec_.data_dir).In("data_dir"));
    SLUICE_ASSIGN(lock_, DirectoryLock::Take(spec_.data_dir));
    if (!files.Exists(path)) return ReplaceFile(files, path, kFormat);
  }
  SLUICE_ASSIGN(const std::string format, ReadWholeFile(files, path));
  if (format == kFormat) return {};
  return Status::Reject(
      fmt::format("{} was written by another version of sluice (format {}, this version reads {}). "
                  "Run that version, or give this pipeline another data_dir",
                  spec_.data_dir, format.substr(0, format.find('\n')), "1"));
}

Status Pipeline::OpenLog() {
  const LogKind& kind = LogKindOf(spec_, context_.components);
  const LogContext context{.directory = spec_.data_dir + "/log",
                           .clock = context_.clock,
                           .memory = context_.log_memory.value_or(Share(spec_.memory, 25)),
                           .virtual_time = context_.virtual_time,
                           .in_memory = context_.in_memory,
                           .instance = roles().Text() + "." + context_.instance,
                           .appends = RunsSources() && !context_.look,
                           .look = context_.look,
                           .waits = [this, say = OnceAfter(kPatience)](const Status& why) mutable {
                             SayOpening("log", why.message());
                             if (say()) Event(Level::warn, "log", why.message());
                           }};
  SayOpening("log", "opens: " + spec_.log.kind);
  SLUICE_ASSIGN(log_, kind.open(spec_.log, context));
  for (StreamSpec& stream : spec_.streams) {
    SLUICE_TRY(log_->Declare(stream));
    stream.partitions = log_->PartitionsOf(stream);
  }
  if (context_.look) return {};
  Event(Level::info, "log", "open", {{"kind", spec_.log.kind}, {"id", log_->Id()}});
  return {};
}

Status Pipeline::OpenStore() {
  const StoreKind& kind = StoreKindOf(spec_, context_.components);
  const StoreContext context{.directory = spec_.data_dir + "/store",
                             .shape = {.streams = spec_.streams, .summaries = spec_.summaries},
                             .clock = context_.clock,
                             .memory = Share(spec_.memory, 50),
                             .in_memory = context_.in_memory,
                             .look = context_.look};
  SayOpening("store", "opens: " + spec_.store.kind);
  SLUICE_ASSIGN(store_, kind.open(spec_.store, context));
  Event(Level::info, "store", "open", {{"kind", spec_.store.kind}});
  return {};
}

Status Pipeline::MakeJobs() {
  const LogKind& kind = LogKindOf(spec_, context_.components);
  JobOptions options = context_.job_options;
  options.read_ahead = !context_.virtual_time;
  // Held twice by each job: what is committed, and what was read ahead.
  const auto holders = static_cast<int64_t>(2 * spec_.streams.size());
  options.flush_bytes = std::min(options.flush_bytes, Share(spec_.memory, 10).bytes / holders);
  options.hands_over = kind.shared && !RunsSources() && !context_.virtual_time;
  if (kind.skips_missing(spec_.log)) options.on_missing = OnMissing::skip;
  for (const StreamSpec& stream : spec_.streams) {
    const std::string name = StoreJobOf(stream.name);
    if (!roles().Run(name)) continue;
    SayOpening(name, "claims its positions");
    std::unique_ptr<Assignment> share;
    if (kind.join && !context_.virtual_time && !context_.in_memory) {
      SLUICE_ASSIGN(share, kind.join(spec_.log, stream, name, context_.instance));
    }
    jobs_.push_back(std::make_unique<Job>(name, stream, *log_, *store_, options, std::move(share)));
    SLUICE_TRY(jobs_.back()->ClaimAll());
    TellOfLateBeginnings(*jobs_.back());
  }
  if (jobs_.empty()) return {};
  log_->Subscribe([this](const std::string& stream) {
    for (const auto& job : jobs_) {
      if (job->stream().name == DeclaredStreamOf(stream)) job->Wake();
    }
  });
  return {};
}

void Pipeline::MakeIntakes() {
  const int64_t room = Share(spec_.memory, 15).bytes / static_cast<int64_t>(spec_.streams.size());
  for (const StreamSpec& stream : spec_.streams) {
    intakes_.push_back(std::make_unique<Intake>(stream, *log_, room));
  }
}

Status Pipeline::MakeSources() {
  for (const ComponentSpec& source : spec_.sources) {
    if (!roles().Run(source.Title())) continue;
    const SourceKind& kind = SourceKindOf(source, context_.components);
    const auto intake = std::find_if(intakes_.begin(), intakes_.end(), [&](const auto& candidate) {
      return candidate->stream().name == source.input.stream;
    });
    const SourceContext context{
        .intake = **intake, .router = router_, .clock = context_.clock, .files = context_.files};
    auto made = kind.make(source, context);
    if (!made.ok()) return made.status().In(source.Title());
    sources_.push_back(*std::move(made));
  }
  return {};
}

void Pipeline::MakeUpkeep() {
  // What the log only waits for is its own health; what it cannot recover from ends the process (rule D14).
  upkeep_.push_back(std::make_unique<Periodic>("log.watch", std::chrono::seconds(1), [this](Timestamp) {
    const Status health = log_->Health();
    return health.code() == Code::fatal ? health : Status();
  }));
  if (!jobs_.empty()) {
    upkeep_.push_back(std::make_unique<Periodic>("log.trim", std::chrono::seconds(1),
                                                 [this](Timestamp) { return TrimLog(); }));
    upkeep_.push_back(std::make_unique<Periodic>("store.upkeep", std::chrono::seconds(5),
                                                 [this](Timestamp now) { return store_->Maintain(now); }));
  }
  if (jobs_.empty() && store_ != nullptr) {
    upkeep_.push_back(std::make_unique<Periodic>("store.watch", std::chrono::seconds(2), [this](Timestamp) {
      const auto seats = store_->Seats();
      return seats.ok() ? Status() : seats.status();
    }));
  }
  if (lock_ != nullptr) {
    upkeep_.push_back(std::make_unique<Periodic>("data_dir", std::chrono::seconds(1),
                                                 [this](Timestamp) { return lock_->Check(); }));
  }
}

// A store that is away is asked again by TrimLog.
Status Pipeline::FindGoneJobs() {
  const Status trimmed = TrimUndeclared();
  gone_known_ = trimmed.ok();
  return trimmed.code() == Code::retry ? Status() : trimmed;
}

// What every job of a stream has committed, the log need not keep.
Status Pipeline::TrimLog() {
  if (!gone_known_) SLUICE_TRY(FindGoneJobs());
  std::map<std::pair<std::string, PartitionId>, Position> committed;
  for (const auto& job : jobs_) {
    for (const auto& [seat, position] : job->Positions()) {
      const auto [it, is_new] = committed.try_emplace({seat.stream, seat.partition}, position.next);
      if (!is_new) it->second = std::min(it->second, position.next);
    }
  }
  for (const auto& [place, below] : committed) SLUICE_TRY(log_->Trim(place.first, place.second, below));
  return {};
}

// A stream that left the file has no job that would say how far it came; its seat still does.
Status Pipeline::TrimUndeclared() {
  SLUICE_ASSIGN(const auto seats, store_->Seats());
  for (const auto& row : seats) {
    if (spec_.Stream(DeclaredStreamOf(row.seat.stream)) != nullptr) continue;
    {
      const MutexLock lock(gone_mutex_);
      gone_.insert(row.seat.job);
    }
    if (row.state.log_id != log_->Id()) continue;
    const Status trimmed = log_->Trim(row.seat.stream, row.seat.partition, row.state.next);
    if (!trimmed.ok() && trimmed.code() != Code::reject) return trimmed;
  }
  return {};
}

// Once nobody will ask for a stream any more, the log need not keep what was not stored of it either.
Status Pipeline::ForgetJob(const std::string& job) {
  SLUICE_ASSIGN(const auto seats, store_->Seats());
  SLUICE_TRY(store_->Forget(job));
  {
    const MutexLock lock(gone_mutex_);
    gone_.erase(job);
  }
  for (const auto& row : seats) {
    if (row.seat.job != job) continue;
    const auto ends = log_->EndsOf(row.seat.stream, row.seat.partition);
    if (ends.ok()) SLUICE_TRY(log_->Trim(row.seat.stream, row.seat.partition, ends->high));
  }
  return {};
}

std::vector<std::string> Pipeline::GoneJobs() const {
  const MutexLock lock(gone_mutex_);
  return {gone_.begin(), gone_.end()};
}

const Intake& Pipeline::intake(const std::string& stream) const {
  return **std::find_if(intakes_.begin(), intakes_.end(),
                        [&](const auto& candidate) { return candidate->stream().name == stream; });
}

std::vector<Task*> Pipeline::Tasks() {
  std::vector<Task*> tasks;
  for (const auto& source : sources_) tasks.push_back(source.get());
  for (const auto& job : jobs_) tasks.push_back(job.get());
  for (const auto& task : upkeep_) tasks.push_back(task.get());
  for (const auto& task : extra_tasks_) tasks.push_back(task.get());
  return tasks;
}

void Pipeline::Drain() {
  draining_ = true;
  for (const auto& source : sources_) source->Drain();
}

// Jobs are asked to drain only when no source has anything under way, so that they see the true end.
bool Pipeline::Drained() const {
  if (!std::all_of(sources_.begin(), sources_.end(), [](const auto& source) { return source->Drained(); })) {
    return false;
  }
  for (const auto& job : jobs_) job->Drain();
  return std::all_of(jobs_.begin(), jobs_.end(), [](const auto& job) { return job->Drained(); });
}

Result<AuditReport> Pipeline::Audit(bool deep) {
  AuditInput input;
  SLUICE_ASSIGN(const auto seats, store_->Seats());
  for (const auto& row : seats) {
    AuditSeat seat{.seat = row.seat, .state = row.state};
    SLUICE_ASSIGN(const auto counted,
                  store_->CountRows(row.seat.stream, row.seat.partition, row.state.start, row.state.next));
    seat.expired = counted.expired;
    if (deep) {
      seat.rows = counted.rows;
      seat.dead_letters = counted.dead;
    }
    input.seats.push_back(std::move(seat));
  }
  // The ends after the seats: what came in between is waiting, never a contradiction.
  const auto add = [&](const std::string& stream, PartitionId partition) -> Status {
    SLUICE_ASSIGN(const Ends ends, log_->EndsNow(stream, partition));
    input.ends.push_back({.stream = stream, .partition = partition, .ends = ends});
    return Status();
  };
  for (const StreamSpec& stream : spec_.streams) {
    input.streams.push_back(stream.name);
    // Asked each time: who only looks hears with the first answer how many there are.
    for (PartitionId partition = 0; partition < log_->PartitionsOf(stream); ++partition) {
      SLUICE_TRY(add(stream.name, partition));
    }
    if (const auto dead = log_->DeadStream(stream.name)) SLUICE_TRY(add(*dead, 0));
  }
  input.log_id = log_->Id();
  return sluice::Audit(input);
}

}  // namespace sluice
