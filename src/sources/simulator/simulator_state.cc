#include "sources/simulator/simulator_state.h"

#include <charconv>

#include <fmt/format.h>

namespace sluice {
namespace {

// A number and the one character behind it, taken off the front.
bool TakeNumber(std::string_view* text, char behind, int64_t* value) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *value);
  if (error != std::errc() || end == text->data() + text->size() || *end != behind) return false;
  text->remove_prefix(static_cast<size_t>(end - text->data()) + 1);
  return true;
}

}  // namespace

std::string FormatSimulatorState(const SimulatorState& state) {
  return fmt::format("{} {} {}\n", state.slot, ToMicros(state.anchor.time), state.anchor.slot) + state.fleet;
}

std::optional<SimulatorState> ParseSimulatorState(std::string_view text) {
  SimulatorState state;
  int64_t anchor_time = 0;
  if (!TakeNumber(&text, ' ', &state.slot) || !TakeNumber(&text, ' ', &anchor_time) ||
      !TakeNumber(&text, '\n', &state.anchor.slot)) {
    return std::nullopt;
  }
  state.anchor.time = FromMicros(anchor_time);
  state.fleet = text;
  return state;
}

}  // namespace sluice
