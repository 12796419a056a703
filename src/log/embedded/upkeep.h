// Upkeep: the log's health, and what it does beside appending and reading: waiting for room on a full disk
// with a reserve file for the way out (rule D8), ending on a failed sync (rule D14), the file `ends`,
// forgetting expired origins, giving space back. A thread of its own looks once a second; without one, Tend
// is called inline. Owned by EmbeddedLog; thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "log/embedded/embedded_log.h"
#include "log/embedded/state.h"

namespace sluice::embedded {

// Whether appends may go on after a full disk: there is room for the reserve and as much again. Where the
// free space cannot be told, they try.
bool MayResume(std::optional<int64_t> free_bytes);
// Whether blob files hold so much garbage (an eighth of max_bytes) that moving the living out of them pays,
// and it grew since the last time.
bool WorthCollecting(int64_t on_disk, int64_t living, int64_t after_last, int64_t max_bytes);

class Upkeep {
 public:
  // Puts a function of a group to the committer.
  using Submit = std::function<void(std::function<Status(Group&)>)>;
  // Gives up the batches that rotted; reject: what cannot be read has no known end.
  using PassDamage = std::function<Status()>;

  Upkeep(const EmbeddedLogOptions& options, Database& database, State& state);
  void Start(Submit submit, PassDamage pass_damage);
  void Stop();

  // ok, or why nothing can be appended now.
  Status Ready() const;
  // The same for works that free space: they need not wait for room.
  Status ReadyFor(bool frees_space) const;
  // The refusal of a log that holds max_bytes which jobs still need.
  Status Full() const;
  // Takes note of how a write ended and returns what its works are told.
  Status Judge(const Status& written);
  // Leaves the wait for room on a full disk when there is room again, also for a new reserve. Until then the
  // reserve is what RocksDB and the store live on, and only what jobs have committed is deleted.
  void TryResume();
  // One round of everything that is due.
  void Tend();

 private:
  void Run();
  void KeepReserve();
  void DropReserve();
  void GiveBackSpace();
  void CollectGarbage() REQUIRES(tending_);
  void Expire(int64_t excess_bytes);

  const EmbeddedLogOptions& options_;
  Database& database_;
  State& state_;
  Submit submit_;
  PassDamage pass_damage_;
  mutable Mutex mutex_;
  Condition changed_;
  Status trouble_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  Mutex tending_;  // one round at a time
  std::atomic<bool> reserved_{false};
  int64_t collected_at_ GUARDED_BY(tending_) = 0;  // bytes on disk after the last collection of garbage
  std::thread thread_;
};

}  // namespace sluice::embedded
