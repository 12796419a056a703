#include "log/embedded/committer.h"

namespace sluice::embedded {
namespace {
// The committer whose works this thread is finishing: a completion that adds to it must not wait for itself.
thread_local const Committer* finishing = nullptr;
}  // namespace

Committer::Committer(bool background, Calls calls) : background_(background), calls_(std::move(calls)) {
  if (background_) thread_ = std::thread([this] { Run(); });
}

void Committer::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  while (CommitNext()) {
  }
}

bool Committer::OnCommittingThread() const { return finishing == this; }

void Committer::Add(std::unique_ptr<Work> work) {
  {
    MutexLock lock(mutex_);
    queue_.push_back(std::move(work));
    if (background_) changed_.NotifyAll();
  }
  if (background_ || OnCommittingThread()) return;
  while (CommitNext()) {
  }
}

void Committer::AddAndWait(std::unique_ptr<Work> work) {
  bool done = false;
  work->done_ = &done;
  const bool wait = background_ && !OnCommittingThread();
  MutexLock lock(mutex_);
  queue_.push_back(std::move(work));
  changed_.NotifyAll();
  while (!done) {
    if (wait) {
      changed_.Wait(mutex_);
      continue;
    }
    mutex_.Unlock();
    const bool progress = CommitNext();
    mutex_.Lock();
    if (!progress && !done) changed_.Wait(mutex_);
  }
}

bool Committer::CommitNext() {
  Works group;
  {
    MutexLock lock(mutex_);
    while (committing_) changed_.Wait(mutex_);
    int64_t bytes = 0;
    while (!queue_.empty() && (group.empty() || bytes + queue_.front()->bytes <= kGroupBytes)) {
      bytes += queue_.front()->bytes;
      group.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    if (group.empty()) return false;
    committing_ = true;
  }
  const Status outcome = calls_.commit(group);
  {
    MutexLock lock(mutex_);
    committing_ = false;
    changed_.NotifyAll();
  }
  const Committer* const before = finishing;
  finishing = this;
  calls_.finish(group, outcome);
  finishing = before;
  MutexLock lock(mutex_);
  for (const auto& work : group) {
    if (work->done_) *work->done_ = true;
  }
  changed_.NotifyAll();
  return true;
}

void Committer::Run() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) changed_.Wait(mutex_);
      if (queue_.empty()) return;
    }
    CommitNext();
  }
}

}  // namespace sluice::embedded
