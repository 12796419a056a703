// ParquetReader: the rows of one Parquet file as batches of a stream's readings, with the same map, set and
// type table as the other codecs, from any row on. Columns of other types than their fields take, of other
// names under unknown = "reject", or missing for a required field, are found at Open, which rejects and says
// what to do; a value that does not fit is a dead entry of its row ("source.ambient row 17", counted from 1).
// Memory is bounded by one batch of the columns that are read. Owned by a source; one thread at a time.
#pragma once

#include <memory>

#include "codecs/batch_builder.h"
#include "codecs/codec.h"
#include "platform/files.h"

namespace sluice {

class ParquetReader {
 public:
  // Takes the file over. Rejects what is no whole Parquet file (a torn footer) or does not fit the stream.
  static Result<std::unique_ptr<ParquetReader>> Open(std::unique_ptr<ReadableFile> file,
                                                     const StreamSpec& stream, const DecodeSpec& spec);
  virtual ~ParquetReader() = default;

  virtual int64_t Rows() const = 0;
  // The row (from 0) that Next begins with: where to resume.
  virtual int64_t NextRow() const = 0;
  // Goes on at `row`, up to Rows().
  virtual Status Seek(int64_t row) = 0;
  // The next entries, one a row, at most `max_entries`; none at the end of the file. Rejects when the file is
  // damaged where it is read; the rows before that were returned.
  virtual Result<Batch> Next(int64_t max_entries) = 0;
};

}  // namespace sluice
