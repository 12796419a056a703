// Eight bytes of text at a time, as a number whose lowest byte is the first. The questions answer in the high
// bits of bytes: the lowest bit set is right, those above it may be false. Pure.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace sluice {

inline constexpr uint64_t kLowBits = 0x0101010101010101;
inline constexpr uint64_t kHighBits = 0x8080808080808080;

inline uint64_t EightBytes(const char* p) {
  uint64_t bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap64(bytes);
  return bytes;
}
// Which byte of an answer other than 0 the lowest bit is of.
inline int FirstByte(uint64_t bits) { return std::countr_zero(bits) / 8; }

inline uint64_t BytesBelow(uint64_t bytes, unsigned char limit) {
  return (bytes - kLowBits * limit) & ~bytes & kHighBits;
}
inline uint64_t BytesEqual(uint64_t bytes, char byte) {
  return BytesBelow(bytes ^ kLowBits * static_cast<unsigned char>(byte), 1);
}

}  // namespace sluice
