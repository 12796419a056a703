#include "sources/simulator/kind.h"

#include <fmt/format.h>

#include "sources/simulator/simulator_source.h"

namespace sluice {
namespace {

using Values = std::map<std::string, Generator>;

OptionSet WalkOptions() {
  return OptionTable<WalkValues>()
      .Add("start", &WalkValues::start, "the first value")
      .Add("step", &WalkValues::step, "how far a reading may lie from the one before", {.min = 0})
      .Add("min", &WalkValues::min, "the walk turns back here")
      .Add("max", &WalkValues::max, "the walk turns back here");
}

OptionSet SineOptions() {
  return OptionTable<SineValues>()
      .Add("mean", &SineValues::mean, "the middle")
      .Add("amplitude", &SineValues::amplitude, "how far it goes to each side")
      .Add("period", &SineValues::period, "of one turn, by event time", {.above = Duration(0)})
      .Add("phase", &SineValues::phase, "how far it is ahead, in turns");
}

OptionSet UniformOptions() {
  return OptionTable<UniformValues>()
      .Add("min", &UniformValues::min, "the lowest value")
      .Add("max", &UniformValues::max, "values lie below it");
}

OptionSet NormalOptions() {
  return OptionTable<NormalValues>()
      .Add("mean", &NormalValues::mean, "the middle")
      .Add("stddev", &NormalValues::stddev, "the standard deviation", {.min = 0});
}

OptionSet ChoiceOptions() {
  return OptionTable<ChoiceValues>().Add("of", &ChoiceValues::of, "one of these, each as likely").Required();
}

OptionSet CounterOptions() {
  return OptionTable<CounterValues>()
      .Add("start", &CounterValues::start, "the first value of each device")
      .Add("step", &CounterValues::step, "from one reading of a device to its next");
}

const std::vector<NestedOptions>& Generators() {
  static const std::vector<NestedOptions> all = {
      {"walk", WalkOptions()},     {"sine", SineOptions()},     {"uniform", UniformOptions()},
      {"normal", NormalOptions()}, {"choice", ChoiceOptions()}, {"counter", CounterOptions()}};
  return all;
}

Generator ToGenerator(const std::any& read) {
  if (const auto* walk = std::any_cast<WalkValues>(&read)) return *walk;
  if (const auto* sine = std::any_cast<SineValues>(&read)) return *sine;
  if (const auto* uniform = std::any_cast<UniformValues>(&read)) return *uniform;
  if (const auto* normal = std::any_cast<NormalValues>(&read)) return *normal;
  if (const auto* choice = std::any_cast<ChoiceValues>(&read)) return *choice;
  return std::any_cast<CounterValues>(read);
}

// `{ walk = { … } }`: one generator by its name.
void ReadGenerator(const Node::Entry& field, SimulatorSpec& spec, OptionContext& context) {
  const Node& node = field.value;
  if (node.unset) return;
  const char* hint =
      "write one of walk, sine, uniform, normal, choice, counter: { walk = { start = 20, step = 0.1 } }";
  if (node.kind != Node::Kind::table || node.entries.size() != 1) {
    return context.Error(node.place, fmt::format("`values.{}` needs one generator", field.key), hint);
  }
  const Node::Entry& chosen = node.entries.front();
  for (const NestedOptions& generator : Generators()) {
    if (generator.label != chosen.key || chosen.value.unset) continue;
    if (chosen.value.kind != Node::Kind::table) {
      return context.Error(chosen.value.place, fmt::format("`{}` needs a table of its options", chosen.key),
                           hint);
    }
    spec.values[field.key] = ToGenerator(generator.options.Read(chosen.value, chosen.place, context));
    return;
  }
  if (!chosen.value.unset)
    context.Error(chosen.place, fmt::format("unknown generator `{}`", chosen.key), hint);
}

void ReadValues(const Node& node, SimulatorSpec& spec, OptionContext& context) {
  if (node.unset) return;
  if (node.kind != Node::Kind::table) {
    return context.Error(node.place, "`values` needs a table: a generator for each field",
                         "values.temperature = { walk = { start = 20, step = 0.1 } }");
  }
  for (const Node::Entry& field : node.entries) ReadGenerator(field, spec, context);
}

OptionSet FaultOptions() {
  const Bounds<double> share{.min = 0, .max = 1};
  using F = SimulatorFaults;
  return OptionTable<F>()
      .Add("spike", &F::spike, "share of readings whose numbers are thrown far off", share)
      .Add("stuck", &F::stuck, "share of readings that repeat the device's last values", share)
      .Add("gap", &F::gap, "share of readings that are missing", share)
      .Add("late", &F::late, "share of readings whose event time lies back", share)
      .Add("duplicate", &F::duplicate, "share of readings that come twice", share)
      .Add("spike_size", &F::spike_size, "of a spike, in usual spreads of the values", {.min = 0})
      .Add("stuck_length", &F::stuck_length, "readings of a device that are stuck together", {.min = 1})
      .Add("gap_length", &F::gap_length, "readings of a device that are missing together", {.min = 1})
      .Add("late_by", &F::late_by, "how far the event time of a late reading lies back at most",
           {.above = Duration(0)});
}

void Check(const SimulatorSpec& spec, Faults& faults) {
  if (spec.every && spec.rate != SimulatorSpec().rate) {
    faults.Add("rate", "`rate` and `every` exclude each other",
               "`rate` spreads readings evenly, `every` bursts them");
  }
  if (!spec.every && spec.burst != 1 && !faults.Faulty("every"))
    faults.Add("burst", "`burst` goes with `every`", "every = \"60s\"");
}

OptionSet Options() {
  using S = SimulatorSpec;
  return OptionTable<S>()
      .Add("devices", &S::devices,
           "how many there are: sensor-1, sensor-2 … or 1, 2 … where the key is an int",
           {.min = 1, .max = 1'000'000})
      .Add("rate", &S::rate, "readings a second over all devices, evenly spread", {.max = 1e7, .above = 0})
      .Add("every", &S::every, "instead of `rate`: `burst` readings of each device at once, every so often",
           {.above = Duration(0)})
      .Add("burst", &S::burst, "readings of each device at each tick of `every`", {.min = 1, .max = 1000})
      .Add("count", &S::count, "readings in all, over all runs; then it is finished", {.min = 0})
      .Add("seed", &S::seed, "the same seed makes the same readings")
      .Add("key_prefix", &S::key_prefix, "of the devices' names, before their number")
      .AddCustom("values", "table of generators", &ReadValues,
                 "a generator for each field; a field without one is null", Generators())
      .AddTable("faults", &S::faults, FaultOptions(), "what goes wrong, and how often")
      .Check(&Check);
}

// Each generator alone, so that every fault is told at its own place; all of them when each is fine.
void CheckStream(const ComponentSpec& component, const StreamSpec& stream, Faults& faults) {
  const auto& spec = component.As<SimulatorSpec>();
  StreamSpec lenient = stream;
  for (Field& field : lenient.fields) field.required = false;
  bool good = true;
  for (const auto& [field, generator] : spec.values) {
    const auto fleet = DeviceFleet::Make({.values = {{field, generator}}}, lenient, 0);
    if (fleet.ok()) continue;
    good = false;
    faults.Add("values." + field, fleet.status().message());
  }
  if (!good) return;
  const auto fleet = DeviceFleet::Make(spec, stream, 0);
  if (!fleet.ok()) faults.Add("values", fleet.status().message());
}

Result<std::unique_ptr<Source>> MakeSimulator(const ComponentSpec& component, const SourceContext& context) {
  auto spec = component.As<SimulatorSpec>();
  spec.name = component.name;
  SLUICE_ASSIGN(auto source, SimulatorSource::Make(std::move(spec), context.intake));
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace

SourceKind SimulatorKind() {
  return {.facts = {.name = "simulator",
                    .sentence = "made-up devices that measure on a schedule",
                    .options = Options(),
                    .check = &CheckStream},
          .make = &MakeSimulator};
}

}  // namespace sluice
