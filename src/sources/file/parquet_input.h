// ParquetInput: the rows of a Parquet file as chunks; its places are row numbers. Owned by a TrackedFile; one
// thread. Failures: reject for a torn footer, for columns that do not fit the stream and for a damaged place,
// each with what to do.
#pragma once

#include <memory>
#include <string>

#include "codecs/parquet_reader.h"
#include "sources/file/file_reader.h"

namespace sluice {

class ParquetInput : public FileReader {
 public:
  // `file` outlives the input.
  static Result<std::unique_ptr<FileReader>> Open(ReadableFile& file, const StreamSpec& stream,
                                                  const DecodeSpec& spec, int64_t max_entries);

  Status Restore(const ResumePoint& point) override { return rows_->Seek(point.at); }
  Result<std::optional<Chunk>> Next(bool final) override;
  int64_t at() const override { return rows_->NextRow(); }
  int64_t total() override { return rows_->Rows(); }
  bool AtEnd() const override { return rows_->NextRow() == rows_->Rows(); }

 private:
  ParquetInput(std::unique_ptr<ParquetReader> rows, int64_t max_entries)
      : rows_(std::move(rows)), max_entries_(max_entries) {}

  const std::unique_ptr<ParquetReader> rows_;
  const int64_t max_entries_;
};

}  // namespace sluice
