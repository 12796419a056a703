// Generators: the numbers that simulated devices measure. Pure functions over values; every bit of chance
// comes from the Random that is handed in, so that a seed repeats them.
#pragma once

#include <cstdint>
#include <string>

#include "core/schema.h"
#include "platform/random.h"
#include "sources/simulator/spec.h"

namespace sluice {

// What a generator may look at besides chance.
struct Moment {
  Timestamp time;      // of the reading
  int64_t number = 0;  // of the device's readings, 0-based
  double last = 0;     // the device's last value of this field; NaN before the first
};

// The next raw value: the number itself; for a choice the index of the value.
double NextValue(const Generator& generator, const Moment& moment, Random& random);

// How far values usually lie apart: what a spike is measured in. 0: spikes make no sense here.
double Spread(const Generator& generator);

// Rejects a generator that cannot fill a field of this type, or whose numbers contradict each other.
Status CheckGenerator(const Field& field, const Generator& generator);

// A number of its own for each (seed, a, b): the seeds of independent random sequences.
uint64_t MixSeed(uint64_t seed, uint64_t a, uint64_t b);

}  // namespace sluice
