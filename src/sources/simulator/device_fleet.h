// DeviceFleet: the simulated devices with what each measured last. Makes readings slot by slot into columns
// of the stream. The reading of a slot follows from the seed and the slot (and the device's last values),
// never from how the slots were cut into batches. Owned by the simulator source; one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/api.h>

#include "core/batch.h"
#include "core/schema.h"
#include "sources/simulator/generator.h"

namespace sluice {

struct SimulatedSlot {
  int64_t slot = 0;
  int64_t device = 0;
  int64_t number = 0;
  Timestamp time;
};

class DeviceFleet {
 public:
  // Rejects values and faults that the stream's fields cannot take, naming field and option.
  static Result<std::unique_ptr<DeviceFleet>> Make(const SimulatorSpec& spec, const StreamSpec& stream,
                                                   uint64_t seed);

  // Adds the reading of the slot: none in a gap, two for a duplicate when `room` is above one. Returns how
  // many.
  int64_t Add(const SimulatedSlot& slot, int64_t room);
  Batch Finish();

  // What the devices measured last, when readings depend on it and it is small (kMaxRemembered); restoring
  // anything else begins the walks anew.
  std::string State() const;
  void Restore(std::string_view state);

  static constexpr size_t kMaxRemembered = 2048;  // values

 private:
  // One field with a generator.
  struct Column {
    int field = 0;
    FieldType type = FieldType::number;
    Generator generator;
    double spread = 0;
    std::vector<std::string> texts;  // of a choice, by the field's type
    std::vector<int64_t> integers;
    std::vector<double> numbers;
  };

  DeviceFleet(SimulatorSpec spec, const StreamSpec& stream, uint64_t seed);
  Status AddColumn(const Field& field, const Generator& generator);
  static Status ReadChoices(const Field& field, const std::vector<std::string>& of, Column* column);

  bool InRun(double share, int64_t length, uint64_t salt, const SimulatedSlot& slot) const;
  void Measure(const SimulatedSlot& slot);
  void AppendRow(const SimulatedSlot& slot, Timestamp time, double spike);
  void AppendValue(const Column& column, double raw, double spike);
  bool Remembers() const;

  const SimulatorSpec spec_;
  const StreamSpec& stream_;
  const std::shared_ptr<arrow::Schema> schema_;
  const uint64_t seed_;
  std::vector<Column> columns_;
  std::vector<double> last_;                                    // device × column; NaN before the first
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;  // one for each field of RowSchema()
  int64_t rows_ = 0;
};

}  // namespace sluice
