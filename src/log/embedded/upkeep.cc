#include "log/embedded/upkeep.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "core/bytes.h"
#include "log/embedded/opening.h"
#include "log/embedded/works.h"

namespace sluice::embedded {
namespace {
constexpr auto kPace = std::chrono::seconds(1);
constexpr int64_t kReserveBytes = 64 << 20;
constexpr int64_t kReclaimAt = 64 << 20;
const rocksdb::IOOptions kIo;
}  // namespace

Upkeep::Upkeep(const EmbeddedLogOptions& options, Database& database, State& state)
    : options_(options), database_(database), state_(state) {}

void Upkeep::Start(Submit submit) {
  submit_ = std::move(submit);
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
  if (thread_.joinable()) thread_.join();
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
  return Status::Retry(fmt::format("the log is full: it holds {} of at most {} that a job still needs",
                                   FormatByteSize({state_.total_bytes()}),
                                   FormatByteSize({options_.max_bytes})));
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

void Upkeep::TryResume() {
  const Status trouble = Ready();
  if (trouble.code() != Code::retry) return;
  DropReserve();
  const Status resumed = database_.Resume();
  MutexLock lock(mutex_);
  if (resumed.ok()) {
    trouble_ = Status();
  } else if (resumed.code() == Code::fatal && database_.files().sync_failed()) {
    trouble_ = resumed;
  }
}

void Upkeep::KeepReserve() {
  if (!options_.background || options_.file_system) return;
  const int fd = ::open(ReservePath(options_.directory).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const int failed = ::posix_fallocate(fd, 0, kReserveBytes);
  ::close(fd);
  if (failed != 0) DropReserve();
}

void Upkeep::DropReserve() {
  if (options_.background && !options_.file_system) ::unlink(ReservePath(options_.directory).c_str());
}

void Upkeep::GiveBackSpace() {
  for (const Reclaimable& range : state_.TakeReclaimable(std::min(kReclaimAt, options_.max_bytes / 16))) {
    (void)Judge(database_.Reclaim(BatchKey({range.stream, range.partition, 0}),
                                  BatchKey({range.stream, range.partition, range.below})));
  }
}

void Upkeep::Tend() {
  TryResume();
  if (!Ready().ok()) return;
  MutexLock lock(tending_);
  if (options_.background) {
    const int64_t excess = state_.total_bytes() - options_.max_bytes;
    submit_([this, excess](Group& group) {
      state_.Retain(group, options_.retain, excess);
      return ForgetExpiredOrigins(group);
    });
  }
  GiveBackSpace();
}

}  // namespace sluice::embedded
