// Schedule: when which device makes which reading. Slots are numbered 0, 1, 2 … over all devices; each is due
// at an exact time counted from an anchor, so that a rate never drifts. Pure functions over values.
#pragma once

#include <cstdint>

#include "sources/simulator/spec.h"

namespace sluice {

// A slot and when it is due; every later slot counts from here.
struct Anchor {
  Timestamp time;
  int64_t slot = 0;
  bool operator==(const Anchor&) const = default;
};

class Schedule {
 public:
  explicit Schedule(const SimulatorSpec& spec);

  // At a rate: one slot after the other, the devices in turn. In bursts: all slots of a tick at the tick, the
  // readings of one device a microsecond apart, so that no two bear the same time.
  Timestamp Due(const Anchor& anchor, int64_t slot) const;
  // The first slot that is not due at `now`; never below the anchor's.
  int64_t DueEnd(const Anchor& anchor, Timestamp now) const;
  int64_t Device(int64_t slot) const;  // 0-based
  int64_t Number(int64_t slot) const;  // which reading of its device, 0-based

  // The anchor for going on with `slot` at `now`: the same while the schedule is kept. After a stall at most
  // kMaxBehind is made up for, missed ticks are left out; after a clock was set back it starts again from
  // now.
  Anchor Follow(const Anchor& anchor, int64_t slot, Timestamp now) const;
  // The anchor at the slot itself (the tick it belongs to): what a restart goes on from.
  Anchor At(const Anchor& anchor, int64_t slot) const;

  static constexpr Duration kMaxBehind = std::chrono::seconds(10);

 private:
  bool Ticks() const { return every_.count() > 0; }
  int64_t PerTick() const { return devices_ * burst_; }

  const int64_t devices_;
  const int64_t burst_;
  const int64_t micro_rate_;  // readings in a million seconds
  const Duration every_;
};

}  // namespace sluice
