#include "testing/streams.h"

#include <arrow/api.h>

namespace sluice {
namespace {

template <class Builder, class Value>
std::shared_ptr<arrow::Array> Repeated(const std::shared_ptr<arrow::DataType>& type, int64_t count,
                                       Value value) {
  Builder builder(type, arrow::default_memory_pool());
  for (int64_t i = 0; i < count; ++i) (void)builder.Append(value);
  return *builder.Finish();
}

}  // namespace

StreamSpec ReadingsStream(int partitions) {
  StreamSpec stream;
  stream.name = "readings";
  stream.fields = {{"sensor_id", FieldType::text, true},
                   {"timestamp", FieldType::timestamp, true},
                   {"temperature", FieldType::number},
                   {"humidity", FieldType::number}};
  stream.key = 0;
  stream.time = 1;
  stream.partitions = partitions;
  stream.is_default = true;
  return stream;
}

Batch ReadingsBatch(const std::vector<Reading>& readings) {
  const auto schema = ReadingsStream().RowSchema();
  arrow::StringBuilder sensors;
  arrow::TimestampBuilder times(schema->field(1)->type(), arrow::default_memory_pool());
  arrow::DoubleBuilder temperatures;
  arrow::DoubleBuilder humidities;
  for (const Reading& reading : readings) {
    (void)sensors.Append(reading.sensor);
    (void)times.Append(ToMicros(reading.time));
    (void)temperatures.Append(reading.temperature);
    (void)humidities.Append(reading.humidity);
  }
  return {.rows = arrow::RecordBatch::Make(
              schema, static_cast<int64_t>(readings.size()),
              {*sensors.Finish(), *times.Finish(), *temperatures.Finish(), *humidities.Finish()})};
}

Batch CountingBatch(int count, const std::string& sensor, Timestamp start) {
  std::vector<Reading> readings;
  for (int i = 0; i < count; ++i) {
    readings.push_back({sensor, start + std::chrono::seconds(i), static_cast<double>(i), 50});
  }
  return ReadingsBatch(readings);
}

Slice AsSlice(const StreamSpec& stream, const Batch& batch, Position first, Timestamp arrival,
              PartitionId partition) {
  Slice slice{.partition = partition, .first = first, .next = first + batch.Count(), .dead = batch.dead};
  const int64_t rows = batch.rows->num_rows();
  arrow::Int64Builder positions;
  size_t dead = 0;
  for (int64_t at = 0; at < batch.Count(); ++at) {
    if (dead < batch.dead.size() && batch.dead[dead].at == at) {
      slice.dead[dead].at = first + at;
      slice.dead[dead].arrival = arrival;
      ++dead;
    } else {
      (void)positions.Append(first + at);
    }
  }
  arrow::ArrayVector columns = batch.rows->columns();
  columns.push_back(
      Repeated<arrow::TimestampBuilder>(ArrowType(FieldType::timestamp), rows, ToMicros(arrival)));
  columns.push_back(Repeated<arrow::Int32Builder>(arrow::int32(), rows, partition));
  columns.push_back(*positions.Finish());
  slice.rows = arrow::RecordBatch::Make(stream.TableSchema(), rows, columns);
  return slice;
}

}  // namespace sluice
