// FileReader: one input as a sequence of chunks, each with the places to resume at before and after it.
// Implementations: BytesReader (any Decoder over bytes), SortedReader (a whole input in order of time);
// Parquet comes as another. Owned by the source that reads; one thread. Failures: reject when the content
// cannot be read at all (the header, a torn footer), retry when the file system says so.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/batch.h"
#include "core/status.h"

namespace sluice {

// Where reading can be taken up: a byte (or row) and what the decoder needs there.
struct ResumePoint {
  int64_t at = 0;
  std::string decoder;
  bool ended = false;
};

// Entries that lie between two places.
struct Chunk {
  Batch batch;
  ResumePoint begin;
  ResumePoint end;
};

class FileReader {
 public:
  virtual ~FileReader() = default;
  virtual Status Restore(const ResumePoint& point) = 0;
  // The next chunk, never an empty one; nothing: there is no more at present. `final`: there never will be
  // more, so what remains is a whole reading.
  virtual Result<std::optional<Chunk>> Next(bool final) = 0;
  // The place up to which input was taken, and its present end, in the same unit.
  virtual int64_t at() const = 0;
  virtual int64_t total() = 0;
  // True when Next said nothing and will go on saying so, unless the input grows.
  virtual bool AtEnd() const = 0;
};

}  // namespace sluice
