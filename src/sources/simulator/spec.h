// SimulatorSpec: a fleet of made-up devices as the pipeline file declares it ([source.NAME] kind =
// "simulator"). Values; checked against the stream by SimulatorSource::Make.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/time.h"

namespace sluice {

// From `start`, each reading up to `step` up or down, turned back at `min` and `max`.
struct WalkValues {
  double start = 0;
  double step = 1;
  std::optional<double> min;
  std::optional<double> max;
};
// mean + amplitude × sin(2π × (event time / period + phase)); phase in turns.
struct SineValues {
  double mean = 0;
  double amplitude = 1;
  Duration period = std::chrono::hours(1);
  double phase = 0;
};
struct UniformValues {
  double min = 0;
  double max = 1;
};
struct NormalValues {
  double mean = 0;
  double stddev = 1;
};
// One of these, each as likely; written as in the pipeline file and read by the field's type.
struct ChoiceValues {
  std::vector<std::string> of;
};
// start, start + step, …: counts the readings of one device.
struct CounterValues {
  double start = 0;
  double step = 1;
};
using Generator =
    std::variant<WalkValues, SineValues, UniformValues, NormalValues, ChoiceValues, CounterValues>;

// Each probability is the share of readings that the fault touches.
struct SimulatorFaults {
  double spike = 0;      // the numbers of the reading are thrown off by spike_size × their usual spread
  double stuck = 0;      // the device repeats its values for stuck_length readings
  double gap = 0;        // the device is silent for gap_length readings
  double late = 0;       // the event time lies up to late_by before the arrival
  double duplicate = 0;  // the reading comes twice
  double spike_size = 5;
  int64_t stuck_length = 20;
  int64_t gap_length = 10;
  Duration late_by = std::chrono::minutes(10);

  bool Any() const { return spike > 0 || stuck > 0 || gap > 0 || late > 0 || duplicate > 0; }
};

struct SimulatorSpec {
  std::string name;
  int64_t devices = 1;
  double rate = 1;                // readings a second over all devices
  std::optional<Duration> every;  // instead of rate: `burst` readings of each device at once, every so often
  int64_t burst = 1;
  std::optional<int64_t> count;  // readings in all, then it is finished
  std::optional<int64_t> seed;   // the same seed makes the same readings
  std::string key_prefix = "sensor-";
  std::map<std::string, Generator> values;  // by field
  SimulatorFaults faults;
};

}  // namespace sluice
