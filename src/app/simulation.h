// Simulation: what `sluice simulate` is told on the command line, as the stream and the simulator that the
// pipeline file would describe: the words are put into such a file and read by config, so that options,
// bounds and messages are the same. Pure; rejects with every error of the file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "core/schema.h"
#include "sources/simulator/spec.h"

namespace sluice {

struct SimulationOptions {
  std::string stream;
  int64_t devices = 10;
  double rate = 10;
  std::optional<int64_t> count;
  std::optional<int64_t> seed;
  std::vector<std::string> fields;  // "temperature=walk:start=20,step=0.1"
  std::map<std::string, std::string>
      declared;  // field → type, of a running pipeline; empty: by the generators
  std::string key = "sensor_id";
  std::string time = "timestamp";
};

struct Simulation {
  StreamSpec stream;
  SimulatorSpec simulator;
};

Result<Simulation> MakeSimulation(const SimulationOptions& options, const ComponentKinds& kinds);

// Fills in key, time and fields of the stream from what GET /api/streams answers; rejects an unknown stream.
Status TakeDeclared(std::string_view streams_json, SimulationOptions& options);

// "walk:start=20,step=0.1" → "{ walk = { start = 20, step = 0.1 } }".
Result<std::string> GeneratorToml(std::string_view text);

}  // namespace sluice
