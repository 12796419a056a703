// Sizes in bytes: `512`, `64KiB`, `8MiB`, `1GiB`. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/status.h"

namespace sluice {

// A size as people write it in the pipeline file.
struct ByteSize {
  int64_t bytes = 0;
  auto operator<=>(const ByteSize&) const = default;
};

inline constexpr ByteSize KiB(int64_t n) { return {n << 10}; }
inline constexpr ByteSize MiB(int64_t n) { return {n << 20}; }
inline constexpr ByteSize GiB(int64_t n) { return {n << 30}; }

Result<ByteSize> ParseByteSize(std::string_view text);
std::string FormatByteSize(ByteSize size);

}  // namespace sluice
