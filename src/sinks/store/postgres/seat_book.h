// SeatBook: what this process knows of the seats it has claimed. A job repeats a commit that was answered
// with `retry`, from the same position on but not always with the same end. When the answer to a COMMIT was
// lost, that commit may have happened, or may happen later still. So the store raises the epoch once more, if
// it is still its own: that waits for the old transaction and shuts it out, and says where the seat stands.
// The job keeps the epoch that it was given; the book knows the one in the database. A job that is behind the
// seat is brought up to it: what is stored already is cut off its spans. Thread-safe; the decision itself is
// pure.
#pragma once

#include <map>
#include <optional>

#include "core/schema.h"
#include "engine/sink.h"
#include "platform/mutex.h"

namespace sluice::pg {

// A commit whose answer was lost.
struct Attempt {
  Position next = 0;
  Terms terms;
};

struct Held {
  uint64_t claimed = 0;  // the epoch that the job was given
  uint64_t epoch = 0;    // the one in the database
  std::string holder;    // what the claim wrote into the row, so that it knows its own
  Position next = 0;     // where the seat stands, as far as is known
  Position job = 0;      // where the job believes it stands: at `next`, or behind it
  Terms ahead;           // of what is stored and the job does not know of: between its position and `next`
  std::optional<Attempt> unsure;
};

// What is left of a span that begins at or before where the seat stands.
struct Cut {
  bool nothing = false;  // all of it is stored
  Span span;             // otherwise: from `held.next` on, under the database's epoch
  Terms ahead;           // what the job does not know of once the span is answered with `done`
};
Cut CutSpan(const Span& span, const Held& held);

// After the epoch was raised: the seat stands at `next`. `held` is sure again.
void Resolve(Held& held, uint64_t epoch, Position next);

class SeatBook {
 public:
  void Claimed(const Seat& seat, const SeatState& state, std::string holder) EXCLUDES(mutex_);
  // Nothing when the seat is not this claim's any more.
  std::optional<Held> Find(const Seat& seat, uint64_t claimed) const EXCLUDES(mutex_);
  // Replaces what is known, unless the seat was claimed anew meanwhile.
  void Update(const Seat& seat, const Held& held) EXCLUDES(mutex_);
  void Lost(const Seat& seat) EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::map<Seat, Held> seats_ GUARDED_BY(mutex_);
};

}  // namespace sluice::pg
