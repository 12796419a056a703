// Upkeep: the log's health, and what it does beside appending and reading: waiting for room on a full disk
// with a reserve file for the way out (rule D8), ending on a failed sync (rule D14), the file `ends`,
// forgetting expired origins, giving space back. A thread of its own looks once a second; without one, Tend
// is called inline. Owned by EmbeddedLog; thread-safe.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "log/embedded/embedded_log.h"
#include "log/embedded/state.h"

namespace sluice::embedded {

class Upkeep {
 public:
  // Puts a function of a group to the committer.
  using Submit = std::function<void(std::function<Status(Group&)>)>;

  Upkeep(const EmbeddedLogOptions& options, Database& database, State& state);
  void Start(Submit submit);
  void Stop();

  // ok, or why nothing can be appended now.
  Status Ready() const;
  // The refusal of a log that holds max_bytes which jobs still need.
  Status Full() const;
  // Takes note of how a write ended and returns what its works are told.
  Status Judge(const Status& written);
  // Leaves the wait for room on a full disk when there is room again.
  void TryResume();
  // One round of everything that is due.
  void Tend();

 private:
  void Run();
  void KeepReserve();
  void DropReserve();
  void GiveBackSpace();

  const EmbeddedLogOptions& options_;
  Database& database_;
  State& state_;
  Submit submit_;
  mutable Mutex mutex_;
  Condition changed_;
  Status trouble_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  Mutex tending_;  // one round at a time
  std::thread thread_;
};

}  // namespace sluice::embedded
