// SortedReader: the whole of some inputs in order of event time, for replays whose files are not. Everything
// is held in memory up to a limit; more is refused, with what to do. Its places are entry numbers in the
// sorted order: first the dead entries as they were met, then the rows (those of the same time in the order
// of the inputs). Owned by a TrackedFile; one thread.
#pragma once

#include <vector>

#include <arrow/api.h>

#include "core/schema.h"
#include "platform/files.h"
#include "sources/file/file_reader.h"

namespace sluice {

class SortedReader : public FileReader {
 public:
  // `stream` outlives the reader.
  SortedReader(const StreamSpec& stream, int64_t max_bytes) : stream_(stream), max_bytes_(max_bytes) {}
  // `handle` is what `input` reads.
  void Add(std::unique_ptr<ReadableFile> handle, std::unique_ptr<FileReader> input);

  Status Restore(const ResumePoint& point) override;
  Result<std::optional<Chunk>> Next(bool final) override;
  int64_t at() const override { return at_; }
  int64_t total() override;
  bool AtEnd() const override { return sorted_ && at_ == Count(); }

  static constexpr int64_t kChunk = 8192;  // entries

 private:
  struct Input {
    std::unique_ptr<ReadableFile> handle;
    std::unique_ptr<FileReader> reader;
  };

  Status ReadSome();
  Status Sort();
  int64_t Count() const { return static_cast<int64_t>(dead_.size()) + (rows_ ? rows_->num_rows() : 0); }

  const StreamSpec& stream_;
  const int64_t max_bytes_;
  std::vector<Input> inputs_;
  size_t input_ = 0;  // the one that is read
  int64_t bytes_ = 0;
  std::vector<DeadEntry> dead_;
  arrow::RecordBatchVector pieces_;
  std::shared_ptr<arrow::RecordBatch> rows_;  // once sorted
  bool sorted_ = false;
  int64_t at_ = 0;
};

}  // namespace sluice
