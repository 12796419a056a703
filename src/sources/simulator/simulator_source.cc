#include "sources/simulator/simulator_source.h"

#include <limits>

#include <fmt/format.h>

#include "sources/simulator/simulator_state.h"

namespace sluice {
namespace {

constexpr Duration kRetryAfter = std::chrono::seconds(1);
constexpr Duration kFullRetryAfter = std::chrono::milliseconds(50);

Status CheckSpec(const SimulatorSpec& spec) {
  if (spec.devices < 1) return Status::Reject("devices must be at least 1");
  if (spec.burst < 1) return Status::Reject("burst must be at least 1");
  if (spec.every && spec.every->count() <= 0) return Status::Reject("every must be longer than 0");
  if (!spec.every && !(spec.rate > 0)) return Status::Reject("rate must be above 0");
  if (spec.every && spec.devices > std::numeric_limits<int32_t>::max() / spec.burst) {
    return Status::Reject("devices × burst is too large");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<SimulatorSource>> SimulatorSource::Make(SimulatorSpec spec, Intake& intake) {
  const std::string name = "source." + spec.name;
  if (Status checked = CheckSpec(spec); !checked.ok()) return checked.In(name);
  auto fleet =
      DeviceFleet::Make(spec, intake.stream(), spec.seed ? static_cast<uint64_t>(*spec.seed) : RandomSeed());
  if (!fleet.ok()) return fleet.status().In(name);
  return std::unique_ptr<SimulatorSource>(new SimulatorSource(std::move(spec), intake, *std::move(fleet)));
}

SimulatorSource::SimulatorSource(SimulatorSpec spec, Intake& intake, std::unique_ptr<DeviceFleet> fleet)
    : spec_(std::move(spec)),
      intake_(intake),
      schedule_(spec_),
      fleet_(std::move(fleet)),
      delivery_(intake, *this) {}

StepResult SimulatorSource::Step(Timestamp now) {
  const bool progress = Acknowledge(now);
  if (Stopped() || delivery_.UnderWay()) return {kMaxTime, progress};
  if (delivery_.Busy()) return {now, progress};  // the completion came just now
  if (epoch_ == 0) {
    if (now < retry_at_) return {retry_at_, progress};
    Status begun = Begin(now);
    SetHealth(begun);
    if (!begun.ok()) {
      retry_at_ = now + kRetryAfter;
      return {begun.code() == Code::retry ? retry_at_ : kMaxTime, progress};
    }
    if (Stopped()) return {kMaxTime, true};
  }
  if (!pending_ && now >= generate_at_) Generate(now);
  StepResult sent = Send(now);
  sent.progress |= progress;
  return sent;
}

// What has been made so far, by the log; taking it fences a run that another process still has.
Status SimulatorSource::Begin(Timestamp now) {
  SLUICE_ASSIGN(const OriginState origin, intake_.Claim("simulator/" + spec_.name));
  anchor_ = {now, 0};
  if (auto state = ParseSimulatorState(origin.answer)) {
    slot_ = state->slot;
    anchor_ = state->anchor;
    fleet_->Restore(state->fleet);
  }
  made_ = origin.next;
  epoch_ = origin.epoch;
  finished_ = spec_.count && made_ >= *spec_.count;
  return {};
}

bool SimulatorSource::Acknowledge(Timestamp now) {
  const std::optional<AppendOutcome> outcome = delivery_.Take();
  if (!outcome) return false;
  switch (outcome->kind) {
    case AppendOutcome::done:
    case AppendOutcome::already:
      made_ = pending_->step.next;
      finished_ = spec_.count && made_ >= *spec_.count;
      pending_.reset();
      SetHealth({});
      break;
    case AppendOutcome::lost:
      SetHealth(Status::Lost("another process runs this simulator on the same log"));
      break;
    case AppendOutcome::conflict:
      SetHealth(Status::Fatal("the log holds other readings at this place of the simulator"));
      break;
    case AppendOutcome::failed:
      SetHealth(outcome->status);
      retry_at_ = now + kRetryAfter;
      break;
  }
  return true;
}

void SimulatorSource::Generate(Timestamp now) {
  anchor_ = schedule_.Follow(anchor_, slot_, now);
  const int64_t end = schedule_.DueEnd(anchor_, now);
  const int64_t left = spec_.count ? *spec_.count - made_ : std::numeric_limits<int64_t>::max();
  const int64_t room = std::min(kMaxBatch, left);
  int64_t rows = 0;
  // Slots in a gap make no reading; so many of them in one step would hold up the thread.
  for (int64_t visited = 0; slot_ < end && rows < room && visited < 4 * kMaxBatch; ++slot_, ++visited) {
    rows += fleet_->Add({.slot = slot_,
                         .device = schedule_.Device(slot_),
                         .number = schedule_.Number(slot_),
                         .time = schedule_.Due(anchor_, slot_)},
                        room - rows);
  }
  generate_at_ = slot_ < end ? now : now + kGather;
  if (rows == 0) return;
  SimulatorState state{.slot = slot_, .anchor = schedule_.At(anchor_, slot_), .fleet = fleet_->State()};
  pending_ = Pending{.batch = fleet_->Finish(),
                     .step = {.origin = "simulator/" + spec_.name,
                              .epoch = epoch_,
                              .from = made_,
                              .next = made_ + rows,
                              .fingerprint = {},
                              .answer = FormatSimulatorState(state),
                              .expires = std::nullopt}};
}

StepResult SimulatorSource::Send(Timestamp now) {
  const Timestamp due = schedule_.Due(anchor_, slot_);
  if (!pending_) return {std::max(due, generate_at_), false};
  if (now < retry_at_) return {retry_at_, false};
  const Status taken = delivery_.Offer(pending_->batch, pending_->step);
  if (taken.ok()) {
    // Woken by the completion; one that came inside the call is seen at once.
    return {delivery_.UnderWay() ? kMaxTime : now, true};
  }
  SetHealth(taken);
  if (taken.code() != Code::retry) return {kMaxTime, false};
  retry_at_ = now + kFullRetryAfter;
  return {retry_at_, false};
}

bool SimulatorSource::Refused() const {
  const MutexLock lock(mutex_);
  return !health_.ok() && health_.code() != Code::retry;
}

void SimulatorSource::SetHealth(Status status) {
  const MutexLock lock(mutex_);
  health_ = std::move(status);
}

Status SimulatorSource::Health() const {
  const MutexLock lock(mutex_);
  return health_;
}

}  // namespace sluice
