// CRC32C (Castagnoli, reflected polynomial 0x82f63b78, as in RFC 3720), by the processor's instruction where
// it has one. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::embedded {

// The checksum of `bytes` after those that gave `crc`; Crc32c(b, Crc32c(a)) == Crc32c(a + b).
uint32_t Crc32c(std::string_view bytes, uint32_t crc = 0);
// As RocksDB stores it, so that bytes which hold checksums can be checked by one.
uint32_t MaskedCrc32c(std::string_view bytes);
// Crc32c without the instruction.
uint32_t Crc32cPortable(std::string_view bytes, uint32_t crc = 0);

}  // namespace sluice::embedded
