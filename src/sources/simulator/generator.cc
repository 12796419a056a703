#include "sources/simulator/generator.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace sluice {
namespace {

double Next(const WalkValues& walk, const Moment& moment, Random& random) {
  if (std::isnan(moment.last)) return walk.start;
  double value = moment.last + walk.step * (2 * random.Uniform() - 1);
  // Turned back at a bound by as much as it went over; the clamp is for a step wider than the bounds.
  if (walk.min && value < *walk.min) value = 2 * *walk.min - value;
  if (walk.max && value > *walk.max) value = 2 * *walk.max - value;
  if (walk.min) value = std::max(value, *walk.min);
  return walk.max ? std::min(value, *walk.max) : value;
}

double Next(const SineValues& sine, const Moment& moment, Random&) {
  // The remainder in whole microseconds first: a double of the whole time would be off by parts of a turn.
  const auto into = static_cast<double>(moment.time.time_since_epoch().count() % sine.period.count());
  const double turns = into / static_cast<double>(sine.period.count()) + sine.phase;
  return sine.mean + sine.amplitude * std::sin(2 * std::numbers::pi * turns);
}

double Next(const UniformValues& uniform, const Moment&, Random& random) {
  return uniform.min + (uniform.max - uniform.min) * random.Uniform();
}

double Next(const NormalValues& normal, const Moment&, Random& random) {
  return normal.mean + normal.stddev * random.Normal();
}

double Next(const ChoiceValues& choice, const Moment&, Random& random) {
  return static_cast<double>(random.Below(choice.of.size()));
}

double Next(const CounterValues& counter, const Moment& moment, Random&) {
  return counter.start + counter.step * static_cast<double>(moment.number);
}

Status Refuse(const Field& field, std::string_view why) {
  return Status::Reject(fmt::format("values.{}: {}", field.name, why));
}

Status CheckNumbers(const Field& field, const Generator& generator) {
  if (const auto* walk = std::get_if<WalkValues>(&generator)) {
    if (walk->step < 0) return Refuse(field, "step of a walk must not be negative");
    if (walk->start < walk->min.value_or(walk->start) || walk->start > walk->max.value_or(walk->start)) {
      return Refuse(field, "start of a walk must lie between min and max");
    }
  }
  if (const auto* sine = std::get_if<SineValues>(&generator); sine && sine->period.count() <= 0) {
    return Refuse(field, "period of a sine must be longer than 0");
  }
  if (const auto* uniform = std::get_if<UniformValues>(&generator); uniform && uniform->max < uniform->min) {
    return Refuse(field, "max must not be below min");
  }
  if (const auto* normal = std::get_if<NormalValues>(&generator); normal && normal->stddev < 0) {
    return Refuse(field, "stddev must not be negative");
  }
  const auto* choice = std::get_if<ChoiceValues>(&generator);
  if (choice && choice->of.empty()) return Refuse(field, "choice needs at least one value in `of`");
  return {};
}

}  // namespace

double NextValue(const Generator& generator, const Moment& moment, Random& random) {
  return std::visit([&](const auto& values) { return Next(values, moment, random); }, generator);
}

double Spread(const Generator& generator) {
  if (const auto* walk = std::get_if<WalkValues>(&generator)) {
    return walk->min && walk->max ? *walk->max - *walk->min : 100 * walk->step;
  }
  if (const auto* sine = std::get_if<SineValues>(&generator)) return 2 * sine->amplitude;
  if (const auto* uniform = std::get_if<UniformValues>(&generator)) return uniform->max - uniform->min;
  if (const auto* normal = std::get_if<NormalValues>(&generator)) return 2 * normal->stddev;
  return 0;
}

Status CheckGenerator(const Field& field, const Generator& generator) {
  const bool choice = std::holds_alternative<ChoiceValues>(generator);
  const bool uniform = std::holds_alternative<UniformValues>(generator);
  switch (field.type) {
    case FieldType::integer:
    case FieldType::number:
      break;
    case FieldType::boolean:
      if (!choice && !uniform) return Refuse(field, "a bool comes from choice or uniform");
      break;
    case FieldType::text:
      if (!choice) return Refuse(field, "a string comes from choice");
      break;
    case FieldType::timestamp:
    case FieldType::json:
      return Refuse(field, fmt::format("nothing generates a {}", FieldTypeName(field.type)));
  }
  return CheckNumbers(field, generator);
}

uint64_t MixSeed(uint64_t seed, uint64_t a, uint64_t b) {
  // The finaliser of SplitMix64 (Steele, Lea, Flood 2014) over the three numbers in turn.
  uint64_t mixed = seed;
  for (const uint64_t part : {a, b}) {
    mixed += 0x9e3779b97f4a7c15ULL + part;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    mixed ^= mixed >> 31U;
  }
  return mixed;
}

}  // namespace sluice
