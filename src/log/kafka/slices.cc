#include "log/kafka/slices.h"

#include <algorithm>

#include <arrow/api.h>

namespace sluice::kafka {
namespace {

std::string_view ValueOf(const rd_kafka_message_t& record) {
  return {static_cast<const char*>(record.payload), record.payload == nullptr ? 0 : record.len};
}

// When the record arrived, by the broker's clock. In a topic whose records bear their producer's time, that
// one unless it lies ahead of ours.
Timestamp ArrivalOf(const rd_kafka_message_t& record) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const int64_t millis = rd_kafka_message_timestamp(&record, &type);
  const Timestamp said = FromMicros(std::max<int64_t>(millis, 0) * 1'000);
  if (type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME) return said;
  const Timestamp now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  return millis < 0 ? now : std::min(said, now);
}

bool IsOurs(const rd_kafka_message_t& record) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&record, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  const void* value = nullptr;
  size_t size = 0;
  return rd_kafka_header_get_last(headers, kLogHeader, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::map<std::string, std::string> HeadersOf(const rd_kafka_message_t& record) {
  std::map<std::string, std::string> found;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&record, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return found;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    found[name] = std::string(static_cast<const char*>(value), value == nullptr ? 0 : size);
  }
  return found;
}

std::string SourceOf(const rd_kafka_message_t& record) {
  return "topic " + std::string(rd_kafka_topic_name(record.rkt));
}

}  // namespace

Result<std::unique_ptr<SliceMaker>> SliceMaker::Make(const StreamSpec& stream) {
  std::unique_ptr<SliceMaker> made(new SliceMaker(stream));
  SLUICE_ASSIGN(Parsers parsers, made->Borrow());
  made->Return(std::move(parsers));
  return made;
}

Result<SliceMaker::Parsers> SliceMaker::Borrow() {
  {
    const MutexLock lock(mutex_);
    if (!idle_.empty()) {
      Parsers parsers = std::move(idle_.back());
      idle_.pop_back();
      return parsers;
    }
  }
  Parsers parsers;
  SLUICE_ASSIGN(parsers.strict, RecordReader::Make(stream_, true));
  SLUICE_ASSIGN(parsers.lenient, RecordReader::Make(stream_, false));
  return parsers;
}

void SliceMaker::Return(Parsers parsers) {
  const MutexLock lock(mutex_);
  idle_.push_back(std::move(parsers));
}

// The required fields are checked beside the building, so that readings of ours from before a field was
// required stand: the stream has changed, not they.
Batch SliceMaker::Parse(const Fetched& fetched, Parsers& parsers) const {
  BatchBuilder out(parsers.lenient->Spec(), INT64_MAX, INT64_MAX);
  const bool alike = parsers.lenient->Spec().fields == parsers.strict->Spec().fields;
  BatchBuilder trial(parsers.strict->Spec(), INT64_MAX, INT64_MAX);
  for (const Message& record : fetched.records) {
    const std::string_view value = ValueOf(*record);
    std::optional<std::string> reason;
    if (!alike && !IsOurs(*record)) {
      reason = parsers.strict->Read(value, trial);
      if (trial.Count() > 1'000) (void)trial.Finish();
    }
    if (!reason) reason = parsers.lenient->Read(value, out);
    if (reason) out.Abandon(*reason, SourceOf(*record), value);
  }
  return out.Finish();
}

// The rows with their place and arrival behind them.
std::shared_ptr<arrow::RecordBatch> SliceMaker::Place(const Batch& batch, const Fetched& fetched,
                                                      const Raises& raises, PartitionId partition) const {
  const int64_t rows = batch.rows->num_rows();
  arrow::TimestampBuilder arrivals(ArrowType(FieldType::timestamp), arrow::default_memory_pool());
  arrow::Int32Builder partitions;
  arrow::Int64Builder positions;
  (void)arrivals.Reserve(rows);
  (void)partitions.Reserve(rows);
  (void)positions.Reserve(rows);
  size_t dead = 0;
  for (size_t i = 0; i < fetched.records.size(); ++i) {
    if (dead < batch.dead.size() && batch.dead[dead].at == static_cast<int64_t>(i)) {
      ++dead;
      continue;
    }
    arrivals.UnsafeAppend(ToMicros(ArrivalOf(*fetched.records[i])));
    partitions.UnsafeAppend(partition);
    positions.UnsafeAppend(raises.PositionOf(fetched.records[i]->offset));
  }
  arrow::ArrayVector columns = batch.rows->columns();
  for (arrow::ArrayBuilder* builder :
       {static_cast<arrow::ArrayBuilder*>(&arrivals), static_cast<arrow::ArrayBuilder*>(&partitions),
        static_cast<arrow::ArrayBuilder*>(&positions)}) {
    columns.push_back(*builder->Finish());
  }
  return arrow::RecordBatch::Make(stream_.TableSchema(), rows, std::move(columns));
}

Result<Slice> SliceMaker::Rows(const Fetched& fetched, const Raises& raises, PartitionId partition,
                               Position first, Offset from) {
  SLUICE_ASSIGN(Parsers parsers, Borrow());
  Batch batch = Parse(fetched, parsers);
  Return(std::move(parsers));
  const RunTerms terms =
      CountRun(raises, first, from, fetched.next, static_cast<int64_t>(fetched.records.size()));
  Slice slice{.partition = partition,
              .first = first,
              .next = raises.PositionOf(fetched.next),
              .rows = Place(batch, fetched, raises, partition),
              .dead = std::move(batch.dead),
              .gaps = terms.gaps,
              .lost = terms.lost};
  for (DeadEntry& dead : slice.dead) {
    const rd_kafka_message_t& record = *fetched.records[static_cast<size_t>(dead.at)];
    dead.at = raises.PositionOf(record.offset);
    dead.arrival = ArrivalOf(record);
  }
  return slice;
}

Slice SliceMaker::Dead(const Fetched& fetched, const Raises& raises, Position first, Offset from) const {
  const RunTerms terms =
      CountRun(raises, first, from, fetched.next, static_cast<int64_t>(fetched.records.size()));
  Slice slice{.first = first,
              .next = raises.PositionOf(fetched.next),
              .rows = *arrow::RecordBatch::MakeEmpty(stream_.TableSchema()),
              .gaps = terms.gaps,
              .lost = terms.lost};
  for (const Message& record : fetched.records) {
    slice.dead.push_back(DeadFrom(HeadersOf(*record), ValueOf(*record), raises.PositionOf(record->offset)));
    slice.dead.back().arrival = ArrivalOf(*record);
  }
  return slice;
}

}  // namespace sluice::kafka
