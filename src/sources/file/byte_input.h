// ByteInput: the bytes of a file at any place, or those of a pipe in order. Never waits for more.
// Owned by a BytesReader; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "platform/files.h"

namespace sluice {

class ByteInput {
 public:
  virtual ~ByteInput() = default;
  // Appends up to `n` bytes from `offset` on to `out`. `*end`: nothing lies behind them now (a file) or ever
  // (a pipe).
  virtual Status Append(int64_t offset, size_t n, std::string* out, bool* end) = 0;
  virtual int64_t Size() = 0;  // 0: unknown
};

// `file` outlives the input.
std::unique_ptr<ByteInput> FileInput(ReadableFile& file);
// A pipe or terminal, read in order only; `descriptor` stays open.
std::unique_ptr<ByteInput> PipeInput(int descriptor);

}  // namespace sluice
