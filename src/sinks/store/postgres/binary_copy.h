// BinaryCopy: Arrow columns as the bytes of COPY … (FORMAT binary), without a detour over text. Format:
// https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4: "PGCOPY\n\377\r\n\0", flags and extension
// length (int32 each, 0); per row an int16 number of fields, per field an int32 length (-1: null) and the
// value; at the end an int16 of -1. All big-endian; timestamps are microseconds since 2000-01-01. One thread.
#pragma once

#include <string>

#include <arrow/type_fwd.h>

#include "core/status.h"

namespace sluice::pg {

class BinaryCopy {
 public:
  BinaryCopy();

  // Appends rows [from, from + count) to bytes(). Columns: boolean, int32, int64, double, timestamp, string,
  // binary; every other type is fatal: our own tables have none.
  Status Add(const arrow::RecordBatch& rows, int64_t from, int64_t count);
  void AddTrailer();

  // What is to be sent; the caller clears it once it is.
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace sluice::pg
