// SimulatorSource: made-up devices that measure on a schedule; the first source of every tutorial and the
// load of every test. What it has made is an origin of the log ("simulator/NAME", next = readings made), so
// that `count` holds exactly and walks go on where they were, whenever the process is killed. Owned by the
// app; stepped by one thread. Health: lost when another process took the origin.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "engine/intake.h"
#include "engine/source.h"
#include "platform/mutex.h"
#include "sources/delivery.h"
#include "sources/simulator/device_fleet.h"
#include "sources/simulator/schedule.h"

namespace sluice {

class SimulatorSource : public Source {
 public:
  // Rejects a spec that does not fit the intake's stream. `intake` outlives the source.
  static Result<std::unique_ptr<SimulatorSource>> Make(SimulatorSpec spec, Intake& intake);

  std::string Name() const override { return "source." + spec_.name; }
  StepResult Step(Timestamp now) override;
  void Drain() override { draining_ = true; }
  bool Drained() const override { return draining_ && !delivery_.UnderWay(); }
  Status Health() const override;
  bool Finished() const override { return finished_; }
  bool Ended() const override { return finished_ || Refused(); }

  int64_t made() const { return made_; }  // readings that are durable, over all runs

  static constexpr int64_t kMaxBatch = 8192;  // readings
  // Slow rates are gathered for this long, so that the log is not synced for each reading.
  static constexpr Duration kGather = std::chrono::milliseconds(50);

 private:
  struct Pending {
    Batch batch;
    OriginStep step;
  };

  SimulatorSource(SimulatorSpec spec, Intake& intake, std::unique_ptr<DeviceFleet> fleet);
  Status Begin(Timestamp now);
  bool Acknowledge(Timestamp now);
  void Generate(Timestamp now);
  StepResult Send(Timestamp now);
  bool Stopped() const { return draining_ || finished_ || Refused(); }
  bool Refused() const;
  void SetHealth(Status status);

  const SimulatorSpec spec_;
  Intake& intake_;
  const Schedule schedule_;
  const std::unique_ptr<DeviceFleet> fleet_;
  Delivery delivery_;

  uint64_t epoch_ = 0;  // of the claim; 0 before it
  std::atomic<int64_t> made_{0};
  int64_t slot_ = 0;  // the next one of the schedule
  Anchor anchor_;
  std::optional<Pending> pending_;
  Timestamp generate_at_{};  // not before, to gather
  Timestamp retry_at_{};     // not before, after a refusal
  std::atomic<bool> draining_{false};
  std::atomic<bool> finished_{false};
  mutable Mutex mutex_;
  Status health_ GUARDED_BY(mutex_);
};

}  // namespace sluice
