// What the reader of stored batches must keep to, whatever a damaged disk hands it: no crash, no memory
// beyond what the bytes pay for, nothing believed whose checksum is wrong.
#include <cstdlib>
#include <cstring>
#include <string>

#include <arrow/api.h>

#include "fuzz/targets.h"
#include "log/embedded/batch_format.h"
#include "log/embedded/crc32c.h"

namespace sluice {
namespace {

using namespace embedded;  // NOLINT: the target looks at its insides

std::shared_ptr<arrow::Schema> FuzzSchema() {
  return arrow::schema({arrow::field("n", arrow::int64()), arrow::field("s", arrow::utf8())});
}

// The checksum that a writer of these bytes would have given them, so that the fuzzer gets behind it.
std::string Sealed(std::string value) {
  const std::string_view all(value);
  const uint32_t crc = Crc32c(all.substr(8, kHeaderBytes - 8), Crc32c(all.substr(kHeaderBytes)));
  std::memcpy(value.data() + 4, &crc, sizeof crc);
  return value;
}

void Decode(const std::string& value) {
  const auto header = CheckBatch(value);
  if (!header.ok()) return;
  Must(uint64_t{kHeaderBytes} + header->rows_stored + header->dead_bytes == value.size());
  Must(header->rows_raw <= kMaxRawBytes && header->rows_raw <= uint64_t{256} * value.size());
  const auto batch = DecodeBatch(arrow::Buffer::FromString(value), *header, FuzzSchema());
  if (!batch.ok()) return;
  Must(batch->rows->num_rows() == header->rows && batch->dead.size() == header->dead);
  (void)batch->rows->ValidateFull();
}

}  // namespace

void FuzzLogBatch(std::string_view bytes) {
  if (bytes.size() > 1 << 16) return;
  Decode(std::string(bytes));
  if (bytes.size() < kHeaderBytes) return;
  const std::string sealed = Sealed(std::string(bytes));
  Decode(sealed);
  std::string spoiled = sealed;
  spoiled.back() = static_cast<char>(spoiled.back() ^ 1);
  Must(!CheckBatch(spoiled).ok());
}

}  // namespace sluice
