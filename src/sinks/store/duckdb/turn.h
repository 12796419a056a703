// Turn: holds a mutex for its life, with the promise that nobody who waits is overtaken by one who comes
// back: upkeep that works in small steps, each in a turn, lets a waiting commit go first. The waiter stands
// in the door; whoever comes back finds it shut. A value on the stack; any thread.
#pragma once

#include "platform/mutex.h"

namespace sluice {

class SLUICE_ANNOTATE(scoped_lockable) Turn {
 public:
  Turn(Mutex& door, Mutex& room) SLUICE_ANNOTATE(acquire_capability(room)) : room_(room) {
    const MutexLock waiting(door);
    room_.Lock();
  }
  ~Turn() SLUICE_ANNOTATE(release_capability()) { room_.Unlock(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Mutex& room_;
};

}  // namespace sluice
