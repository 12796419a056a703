#include "sources/simulator/schedule.h"

#include <algorithm>
#include <cmath>

namespace sluice {
namespace {

__extension__ using Wide = __int128;  // a rate × microseconds leaves 64 bits after a few years

constexpr Wide kMillionSeconds = 1'000'000'000'000;  // in microseconds

}  // namespace

Schedule::Schedule(const SimulatorSpec& spec)
    : devices_(spec.devices),
      burst_(spec.burst),
      micro_rate_(std::max<int64_t>(1, std::llround(spec.rate * 1e6))),
      every_(spec.every.value_or(Duration(0))) {}

Timestamp Schedule::Due(const Anchor& anchor, int64_t slot) const {
  const int64_t after = slot - anchor.slot;
  if (Ticks()) return anchor.time + every_ * (after / PerTick()) + Duration(Number(slot) % burst_);
  return anchor.time + Duration(static_cast<int64_t>(after * kMillionSeconds / micro_rate_));
}

int64_t Schedule::DueEnd(const Anchor& anchor, Timestamp now) const {
  if (now < anchor.time) return anchor.slot;
  const int64_t elapsed = (now - anchor.time).count();
  if (Ticks()) return anchor.slot + (elapsed / every_.count() + 1) * PerTick();
  // Slots n with n × kMillionSeconds / rate rounded down ≤ elapsed.
  return anchor.slot +
         static_cast<int64_t>((Wide{elapsed + 1} * micro_rate_ + kMillionSeconds - 1) / kMillionSeconds);
}

int64_t Schedule::Device(int64_t slot) const { return Ticks() ? slot % PerTick() / burst_ : slot % devices_; }

int64_t Schedule::Number(int64_t slot) const {
  return Ticks() ? slot / PerTick() * burst_ + slot % burst_ : slot / devices_;
}

Anchor Schedule::At(const Anchor& anchor, int64_t slot) const {
  if (Ticks()) slot -= slot % PerTick();
  const Timestamp due =
      Ticks() ? anchor.time + every_ * ((slot - anchor.slot) / PerTick()) : Due(anchor, slot);
  return {due, slot};
}

Anchor Schedule::Follow(const Anchor& anchor, int64_t slot, Timestamp now) const {
  const Anchor next = At(anchor, slot);
  const Duration interval = Ticks() ? every_ : Due({now, 0}, 1) - now;
  if (next.time > now + 2 * interval + std::chrono::seconds(1)) return {now, next.slot};
  if (next.time >= now - kMaxBehind) return anchor;
  if (Ticks()) return {next.time + every_ * ((now - next.time) / every_), next.slot};
  return {now - kMaxBehind, next.slot};
}

}  // namespace sluice
