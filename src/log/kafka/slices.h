// Slices: fetched records → what a job reads. A record that is no reading of the stream is a dead entry at
// its position; its neighbours are unaffected. Pure over records.
#pragma once

#include <memory>
#include <vector>

#include "core/batch.h"
#include "log/kafka/raises.h"
#include "log/kafka/reader.h"
#include "log/kafka/record.h"
#include "platform/mutex.h"

namespace sluice::kafka {

// Makes slices of one stream. Thread-safe: parsers are lent out.
class SliceMaker {
 public:
  static Result<std::unique_ptr<SliceMaker>> Make(const StreamSpec& stream);

  // `first`: the position that was asked for; `from`: its offset.
  Result<Slice> Rows(const Fetched& fetched, const Raises& raises, PartitionId partition, Position first,
                     Offset from);
  // Of the stream's dead topic.
  Slice Dead(const Fetched& fetched, const Raises& raises, Position first, Offset from) const;

 private:
  // `strict` readings meet the stream's required fields; `lenient` ones were written before a field was
  // required.
  struct Parsers {
    std::unique_ptr<RecordReader> strict;
    std::unique_ptr<RecordReader> lenient;
  };
  explicit SliceMaker(const StreamSpec& stream) : stream_(stream) {}
  Result<Parsers> Borrow();
  void Return(Parsers parsers);
  Batch Parse(const Fetched& fetched, Parsers& parsers) const;
  std::shared_ptr<arrow::RecordBatch> Place(const Batch& batch, const Fetched& fetched, const Raises& raises,
                                            PartitionId partition) const;

  const StreamSpec stream_;
  Mutex mutex_;
  std::vector<Parsers> idle_ GUARDED_BY(mutex_);
};

}  // namespace sluice::kafka
