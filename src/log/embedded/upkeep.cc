#include "log/embedded/upkeep.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "core/bytes.h"
#include "log/embedded/opening.h"
#include "log/embedded/small_files.h"
#include "log/embedded/works.h"

namespace sluice::embedded {
namespace {
constexpr auto kPace = std::chrono::seconds(1);
constexpr int64_t kReserveBytes = 64 << 20;
constexpr int64_t kReclaimAt = 64 << 20;
constexpr int64_t kSlackBytes = 64 << 20;
}  // namespace

bool MayResume(std::optional<int64_t> free_bytes) { return !free_bytes || *free_bytes >= 2 * kReserveBytes; }

bool WorthCollecting(int64_t on_disk, int64_t living, int64_t after_last, int64_t max_bytes) {
  const int64_t slack = std::min(kSlackBytes, max_bytes / 16);
  return on_disk - living > std::max(slack, max_bytes / 8) && on_disk - after_last > slack;
}

Upkeep::Upkeep(const EmbeddedLogOptions& options, Database& database, State& state)
    : options_(options), database_(database), state_(state) {}

void Upkeep::Start(Submit submit, PassDamage pass_damage) {
  submit_ = std::move(submit);
  pass_damage_ = std::move(pass_damage);
  if (!options_.background) return;
  KeepReserve();
  thread_ = std::thread([this] { Run(); });
}

void Upkeep::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (!thread_.joinable()) return;
  database_.StopCompactions();
  thread_.join();
}

void Upkeep::Run() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      if (!stopping_) changed_.WaitFor(mutex_, kPace);
      if (stopping_) return;
    }
    Tend();
  }
}

Status Upkeep::Ready() const {
  MutexLock lock(mutex_);
  return trouble_;
}

Status Upkeep::Full() const {
  return Status::Retry(fmt::format(
      "the log is full: it holds {} MiB that a job still needs, of at most {} MiB (max_bytes under "
      "[log]); /readyz says what the jobs wait for",
      state_.total_bytes() >> 20, options_.max_bytes >> 20));
}

Status Upkeep::Judge(const Status& written) {
  Status outcome = written;
  if (outcome.ok()) {
    rocksdb::FileSystem& files = database_.files();
    const bool there = files.FileExists(IdentityPath(options_.directory), kIo, nullptr).ok();
    if (there && database_.files().WalStillThere()) return {};
    outcome = Status::Fatal("the log's files vanished from " + options_.directory);
  }
  MutexLock lock(mutex_);
  if (trouble_.code() != Code::fatal) trouble_ = outcome;
  changed_.NotifyAll();
  return outcome;
}

Status Upkeep::ReadyFor(bool frees_space) const {
  const Status ready = Ready();
  return frees_space && ready.code() == Code::retry ? Status() : ready;
}

void Upkeep::TryResume() {
  const Status trouble = Ready();
  if (trouble.code() != Code::retry) return;
  DropReserve();
  const Status resumed = database_.Resume();
  const std::optional<int64_t> free = database_.FreeSpace();
  {
    MutexLock lock(mutex_);
    if (resumed.code() == Code::fatal && database_.files().sync_failed()) trouble_ = resumed;
    // Another write may have found worse meanwhile.
    if (resumed.ok() && MayResume(free) && trouble_.code() == Code::retry) trouble_ = Status();
  }
  if (!resumed.ok() || Ready().ok()) return;
  if (submit_ && options_.background) Expire(state_.total_bytes());
}

void Upkeep::KeepReserve() {
  if (!options_.background || options_.file_system || reserved_) return;
  const std::optional<int64_t> free = database_.FreeSpace();
  if (free && !MayResume(free)) return;
  const int fd = ::open(ReservePath(options_.directory).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const int failed = ::posix_fallocate(fd, 0, kReserveBytes);
  ::close(fd);
  reserved_ = true;
  if (failed != 0) DropReserve();
}

void Upkeep::DropReserve() {
  if (!options_.background || options_.file_system) return;
  ::unlink(ReservePath(options_.directory).c_str());
  reserved_ = false;
}

void Upkeep::Expire(int64_t excess_bytes) {
  submit_([this, excess_bytes](Group& group) {
    state_.Retain(group, options_.retain, excess_bytes);
    return ForgetExpiredOrigins(group);
  });
}

void Upkeep::CollectGarbage() {
  const int64_t on_disk = database_.BytesOnDisk();
  if (!WorthCollecting(on_disk, state_.total_bytes(), collected_at_, options_.max_bytes)) return;
  // RocksDB takes no write any more once a collection has met a batch that rotted.
  const Status passed = pass_damage_();
  if (passed.ok() || passed.code() == Code::fatal) {
    (void)Judge(passed.ok() ? database_.CollectGarbage() : passed);
  }
  collected_at_ = database_.BytesOnDisk();
}

void Upkeep::GiveBackSpace() {
  for (const Reclaimable& range : state_.TakeReclaimable(std::min(kReclaimAt, options_.max_bytes / 16))) {
    (void)Judge(database_.Reclaim(BatchKey({range.stream, range.partition, 0}),
                                  BatchKey({range.stream, range.partition, range.below})));
  }
}

void Upkeep::Tend() {
  TryResume();
  if (Ready().code() == Code::fatal) return;
  MutexLock lock(tending_);
  if (Ready().ok()) {
    KeepReserve();
    if (options_.background) Expire(state_.total_bytes() - options_.max_bytes);
  }
  GiveBackSpace();
  CollectGarbage();
}

}  // namespace sluice::embedded
