// Random: the seam to randomness. A seeded generator repeats its sequence on every machine (PCG32, XSH-RR
// variant as published at pcg-random.org); distributions are ours for the same reason. Not thread-safe: one
// per owner.
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

class Random {
 public:
  explicit Random(uint64_t seed);
  uint32_t Next();
  uint64_t Next64() { return (uint64_t{Next()} << 32) | Next(); }
  // Uniform in [0, n); n > 0.
  uint64_t Below(uint64_t n);
  // Uniform in [0, 1).
  double Uniform();
  // Mean 0, standard deviation 1 (Box-Muller).
  double Normal();

 private:
  uint64_t state_;
};

// A seed from the operating system.
uint64_t RandomSeed();
// 32 hex digits of it: identities of logs.
std::string RandomId();

}  // namespace sluice
