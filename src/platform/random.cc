#include "platform/random.h"

#include <cmath>
#include <numbers>
#include <random>

#include <fmt/format.h>

namespace sluice {
namespace {

constexpr uint64_t kMultiplier = 6364136223846793005ULL;
constexpr uint64_t kIncrement = 1442695040888963407ULL;

}  // namespace

Random::Random(uint64_t seed) : state_(seed + kIncrement) { Next(); }

uint32_t Random::Next() {
  const uint64_t old = state_;
  state_ = old * kMultiplier + kIncrement;
  const auto shifted = static_cast<uint32_t>(((old >> 18U) ^ old) >> 27U);
  const auto turn = static_cast<uint32_t>(old >> 59U);
  return (shifted >> turn) | (shifted << ((32U - turn) & 31U));
}

uint64_t Random::Below(uint64_t n) {
  // Values in the incomplete last run of n are drawn again, so that every one is as likely.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
  uint64_t value = Next64();
  while (value >= limit) value = Next64();
  return value % n;
}

double Random::Uniform() { return static_cast<double>(Next64() >> 11U) * 0x1.0p-53; }

double Random::Normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * Uniform());
}

uint64_t RandomSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32U) | device();
}

std::string RandomId() { return fmt::format("{:016x}{:016x}", RandomSeed(), RandomSeed()); }

}  // namespace sluice
