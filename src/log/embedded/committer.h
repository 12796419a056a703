// Group commit: takes works in order and makes them durable in groups. While one group is synced the next one
// gathers; a group is whatever came meanwhile, up to kGroupBytes. With a thread of its own, or inline on the
// caller's. Owned by EmbeddedLog; thread-safe. A completion may add further works.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "core/status.h"
#include "platform/mutex.h"

namespace sluice::embedded {

inline constexpr int64_t kGroupBytes = 256 << 10;

struct Group;

// Something that wants to be durable.
class Work {
 public:
  virtual ~Work() = default;
  // Decides, and adds its writes to the group. Runs on the committing thread, one at a time, in order.
  virtual void Prepare(Group& group) = 0;
  // ok: the group is durable. Otherwise it is not, and nothing of it was given.
  virtual void Finish(const Status& outcome) = 0;

  int64_t bytes = 0;
  bool frees_space = false;  // done even while a full disk keeps others waiting

 private:
  friend class Committer;
  bool* done_ = nullptr;
};

using Works = std::vector<std::unique_ptr<Work>>;

class Committer {
 public:
  // `commit` makes a group durable, alone at any time; `finish` then completes its works.
  struct Calls {
    std::function<Status(Works&)> commit;
    std::function<void(Works&, const Status&)> finish;
  };
  Committer(bool background, Calls calls);
  ~Committer() { Stop(); }

  // Commits what is left; nothing may be added from outside any more.
  void Stop();

  // Inline, the work is finished on return, unless the caller is itself a completion: then soon after.
  void Add(std::unique_ptr<Work> work);
  // Finished on return.
  void AddAndWait(std::unique_ptr<Work> work);

 private:
  bool CommitNext();
  void Run();
  bool OnCommittingThread() const;

  const bool background_;
  const Calls calls_;
  Mutex mutex_;
  Condition changed_;
  std::deque<std::unique_ptr<Work>> queue_ GUARDED_BY(mutex_);
  bool committing_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace sluice::embedded
