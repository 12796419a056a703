// Ready-made streams and batches of readings for tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/schema.h"

namespace sluice {

// `readings`: sensor_id (string, key), timestamp (time), temperature, humidity (double).
StreamSpec ReadingsStream(int partitions = 1);

struct Reading {
  std::string sensor;
  Timestamp time;
  double temperature = 0;
  double humidity = 0;
};

// A batch of ReadingsStream().
Batch ReadingsBatch(const std::vector<Reading>& readings);
// `count` readings of `sensor`, a second apart from `start` on, temperatures 0, 1, 2 ….
Batch CountingBatch(int count, const std::string& sensor = "sensor-1",
                    Timestamp start = FromMicros(1'760'000'000'000'000));

// The slice that a log would return for the batch: positions from `first`, all arrived at `arrival`.
Slice AsSlice(const StreamSpec& stream, const Batch& batch, Position first, Timestamp arrival,
              PartitionId partition = 0);

}  // namespace sluice
