// What a simulator keeps in its origin's answer: where the schedule stands and what the devices measured
// last. Text line, then the fleet's bytes. Values; pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sources/simulator/schedule.h"

namespace sluice {

struct SimulatorState {
  int64_t slot = 0;  // the next one
  Anchor anchor;
  std::string fleet;
  bool operator==(const SimulatorState&) const = default;
};

std::string FormatSimulatorState(const SimulatorState& state);
// Nothing when this is no such state.
std::optional<SimulatorState> ParseSimulatorState(std::string_view text);

}  // namespace sluice
