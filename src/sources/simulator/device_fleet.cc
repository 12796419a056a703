#include "sources/simulator/device_fleet.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace sluice {
namespace {

constexpr uint64_t kValues = 1;
constexpr uint64_t kFaults = 2;
constexpr uint64_t kStuck = 3;
constexpr uint64_t kGap = 4;

template <class Number>
bool ParseWhole(const std::string& text, Number* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

int64_t ToInteger(double value) {
  constexpr double kLimit = 9.2e18;
  return std::isnan(value) ? 0 : std::llround(std::min(kLimit, std::max(-kLimit, value)));
}

template <class Builder>
Builder& As(const std::unique_ptr<arrow::ArrayBuilder>& builder) {
  return static_cast<Builder&>(*builder);
}

Status CheckShape(const SimulatorSpec& spec, const StreamSpec& stream) {
  for (const auto& [name, generator] : spec.values) {
    const int field = stream.FieldIndex(name);
    if (field < 0)
      return Status::Reject(fmt::format("values.{}: stream '{}' has no such field", name, stream.name));
    if (stream.key == field)
      return Status::Reject(fmt::format("values.{}: the key is the device's name", name));
    if (stream.time == field)
      return Status::Reject(fmt::format("values.{}: the time is set by the schedule", name));
  }
  if (!stream.key) return {};
  const Field& key = stream.fields[static_cast<size_t>(*stream.key)];
  if (key.type == FieldType::text || key.type == FieldType::integer) return {};
  return Status::Reject(
      fmt::format("a simulator names its devices by a string or an int, the key '{}' of stream "
                  "'{}' is a {}",
                  key.name, stream.name, FieldTypeName(key.type)));
}

Status CheckFaults(const SimulatorFaults& faults) {
  for (const double share : {faults.spike, faults.stuck, faults.gap, faults.late, faults.duplicate}) {
    if (!(share >= 0 && share <= 1)) return Status::Reject("faults: a probability lies between 0 and 1");
  }
  if (faults.stuck_length < 1 || faults.gap_length < 1)
    return Status::Reject("faults: a length is at least 1");
  if (faults.late_by.count() < 1) return Status::Reject("faults: late_by must be longer than 0");
  return {};
}

}  // namespace

DeviceFleet::DeviceFleet(SimulatorSpec spec, const StreamSpec& stream, uint64_t seed)
    : spec_(std::move(spec)), stream_(stream), schema_(stream.RowSchema()), seed_(seed) {}

Result<std::unique_ptr<DeviceFleet>> DeviceFleet::Make(const SimulatorSpec& spec, const StreamSpec& stream,
                                                       uint64_t seed) {
  SLUICE_TRY(CheckShape(spec, stream));
  SLUICE_TRY(CheckFaults(spec.faults));
  auto fleet = std::unique_ptr<DeviceFleet>(new DeviceFleet(spec, stream, seed));
  for (size_t i = 0; i < stream.fields.size(); ++i) {
    const Field& field = stream.fields[i];
    if (stream.key == static_cast<int>(i) || stream.time == static_cast<int>(i)) continue;
    const auto found = spec.values.find(field.name);
    if (found != spec.values.end()) {
      SLUICE_TRY(fleet->AddColumn(field, found->second));
    } else if (field.required) {
      return Status::Reject(
          fmt::format("field '{}' is required: give values.{} a generator (walk, sine, uniform, "
                      "normal, choice or counter)",
                      field.name, field.name));
    }
  }
  fleet->last_.assign(static_cast<size_t>(spec.devices) * fleet->columns_.size(),
                      std::numeric_limits<double>::quiet_NaN());
  for (const auto& field : fleet->schema_->fields()) {
    fleet->builders_.emplace_back();
    if (!arrow::MakeBuilder(arrow::default_memory_pool(), field->type(), &fleet->builders_.back()).ok()) {
      return Status::Fatal("out of memory");
    }
  }
  return fleet;
}

Status DeviceFleet::AddColumn(const Field& field, const Generator& generator) {
  SLUICE_TRY(CheckGenerator(field, generator));
  Column column;
  column.field = stream_.FieldIndex(field.name);
  column.type = field.type;
  column.generator = generator;
  column.spread = field.type == FieldType::boolean ? 0 : Spread(generator);
  if (const auto* choice = std::get_if<ChoiceValues>(&generator)) {
    SLUICE_TRY(ReadChoices(field, choice->of, &column));
  }
  columns_.push_back(std::move(column));
  return {};
}

Status DeviceFleet::ReadChoices(const Field& field, const std::vector<std::string>& of, Column* column) {
  for (const std::string& text : of) {
    int64_t integer = 0;
    double number = 0;
    bool fits = true;
    if (field.type == FieldType::integer) fits = ParseWhole(text, &integer);
    if (field.type == FieldType::number) fits = ParseWhole(text, &number) && std::isfinite(number);
    if (field.type == FieldType::boolean) fits = text == "true" || text == "false";
    if (field.type == FieldType::text) fits = text.find('\0') == std::string::npos;
    if (!fits) {
      return Status::Reject(
          fmt::format("values.{}: \"{}\" is not a {}", field.name, text, FieldTypeName(field.type)));
    }
    if (field.type == FieldType::boolean) integer = text == "true" ? 1 : 0;
    column->integers.push_back(integer);
    column->numbers.push_back(number);
  }
  column->texts = of;
  return {};
}

// Runs of `length` readings of a device: a share of the runs is touched as a whole.
bool DeviceFleet::InRun(double share, int64_t length, uint64_t salt, const SimulatedSlot& slot) const {
  if (share <= 0) return false;
  const auto run = static_cast<uint64_t>(slot.number / length);
  Random random(MixSeed(seed_ + salt, static_cast<uint64_t>(slot.device), run));
  return random.Uniform() < share;
}

int64_t DeviceFleet::Add(const SimulatedSlot& slot, int64_t room) {
  const SimulatorFaults& faults = spec_.faults;
  if (!faults.Any()) {
    Measure(slot);
    AppendRow(slot, slot.time, 0);
    return 1;
  }
  if (InRun(faults.gap, faults.gap_length, kGap, slot)) return 0;
  if (!InRun(faults.stuck, faults.stuck_length, kStuck, slot)) Measure(slot);
  Random random(MixSeed(seed_, kFaults, static_cast<uint64_t>(slot.slot)));
  const bool spiked = random.Uniform() < faults.spike;
  const double spike = spiked ? (random.Uniform() < 0.5 ? -1 : 1) * faults.spike_size : 0;
  const bool late = random.Uniform() < faults.late;
  const auto by = static_cast<int64_t>(random.Uniform() * static_cast<double>(faults.late_by.count()));
  const bool twice = random.Uniform() < faults.duplicate && room > 1;
  const Timestamp time = late ? slot.time - Duration(by + 1) : slot.time;
  AppendRow(slot, time, spike);
  if (twice) AppendRow(slot, time, spike);
  return twice ? 2 : 1;
}

void DeviceFleet::Measure(const SimulatedSlot& slot) {
  Random random(MixSeed(seed_, kValues, static_cast<uint64_t>(slot.slot)));
  double* last = last_.data() + static_cast<size_t>(slot.device) * columns_.size();
  for (const Column& column : columns_) {
    *last = NextValue(column.generator, {slot.time, slot.number, *last}, random);
    ++last;
  }
}

void DeviceFleet::AppendRow(const SimulatedSlot& slot, Timestamp time, double spike) {
  if (stream_.key) {
    const auto key = static_cast<size_t>(*stream_.key);
    if (stream_.fields[key].type == FieldType::integer) {
      (void)As<arrow::Int64Builder>(builders_[key]).Append(slot.device + 1);
    } else {
      (void)As<arrow::StringBuilder>(builders_[key])
          .Append(spec_.key_prefix + std::to_string(slot.device + 1));
    }
  }
  (void)As<arrow::TimestampBuilder>(builders_[static_cast<size_t>(stream_.time)]).Append(ToMicros(time));
  const double* raw = last_.data() + static_cast<size_t>(slot.device) * columns_.size();
  for (const Column& column : columns_) AppendValue(column, *raw++, spike);
  ++rows_;
  for (const auto& builder : builders_) {
    if (builder->length() < rows_) (void)builder->AppendNull();
  }
}

void DeviceFleet::AppendValue(const Column& column, double raw, double spike) {
  const auto& builder = builders_[static_cast<size_t>(column.field)];
  // A device that is stuck since before its first reading has nothing to say.
  if (std::isnan(raw)) return (void)builder->AppendNull();
  const bool choice = !column.texts.empty();
  const auto index = choice ? static_cast<size_t>(raw) : 0;
  const double value = choice ? 0 : raw + spike * column.spread;
  switch (column.type) {
    case FieldType::boolean: {
      const auto* range = std::get_if<UniformValues>(&column.generator);
      const bool truth = choice ? column.integers[index] != 0 : value >= (range->min + range->max) / 2;
      return (void)As<arrow::BooleanBuilder>(builder).Append(truth);
    }
    case FieldType::integer:
      return (void)As<arrow::Int64Builder>(builder).Append(choice ? column.integers[index]
                                                                  : ToInteger(value));
    case FieldType::number:
      if (!std::isfinite(value)) return (void)builder->AppendNull();
      return (void)As<arrow::DoubleBuilder>(builder).Append(choice ? column.numbers[index] : value);
    default:
      return (void)As<arrow::StringBuilder>(builder).Append(column.texts[index]);
  }
}

Batch DeviceFleet::Finish() {
  arrow::ArrayVector arrays;
  for (const auto& builder : builders_) {
    std::shared_ptr<arrow::Array> array;
    (void)builder->Finish(&array);
    arrays.push_back(std::move(array));
  }
  return {.rows = arrow::RecordBatch::Make(schema_, std::exchange(rows_, 0), std::move(arrays)), .dead = {}};
}

bool DeviceFleet::Remembers() const {
  if (last_.size() > kMaxRemembered) return false;
  if (spec_.faults.stuck > 0) return true;
  for (const Column& column : columns_) {
    if (std::holds_alternative<WalkValues>(column.generator)) return true;
  }
  return false;
}

std::string DeviceFleet::State() const {
  if (!Remembers()) return {};
  return {reinterpret_cast<const char*>(last_.data()), last_.size() * sizeof(double)};
}

void DeviceFleet::Restore(std::string_view state) {
  if (state.empty() || state.size() != last_.size() * sizeof(double)) return;
  std::memcpy(last_.data(), state.data(), state.size());
}

}  // namespace sluice
