#include "log/embedded/blob_scan.h"

#include "log/embedded/crc32c.h"
#include "log/embedded/keys.h"
#include "log/embedded/wire.h"

namespace sluice::embedded {
namespace {

constexpr size_t kFileHeader = 30;
constexpr size_t kRecordHeader = 32;
constexpr size_t kSumBytes = 24;  // that the record header's checksum covers

struct Record {
  std::string_view key;
  std::string_view value;
  size_t size() const { return kRecordHeader + key.size() + value.size(); }
};

// The record at the front; nothing when its lengths are damaged or reach beyond the file.
std::optional<Record> RecordAt(std::string_view bytes) {
  WireReader in(bytes);
  const auto key = in.Get<uint64_t>();
  const auto value = in.Get<uint64_t>();
  (void)in.Get<uint64_t>();
  const auto crc = in.Get<uint32_t>();
  if (!in.ok() || key != BatchKey({}).size() || crc != MaskedCrc32c(bytes.substr(0, kSumBytes)))
    return std::nullopt;
  const std::string_view body = bytes.substr(std::min(bytes.size(), kRecordHeader));
  if (body.size() < key || body.size() - key < value) return std::nullopt;
  return Record{body.substr(0, key), body.substr(key, value)};
}

}  // namespace

Status ForEachBlobBatch(std::string_view file,
                        const std::function<Status(const BatchHeader&, std::string_view)>& visit) {
  if (file.size() < kFileHeader) return {};
  file.remove_prefix(kFileHeader);
  while (file.size() > kRecordHeader) {
    const auto record = RecordAt(file);
    if (!record) {
      file.remove_prefix(1);
      continue;
    }
    file.remove_prefix(record->size());
    const auto header = CheckBatch(record->value);
    if (!header.ok()) continue;
    if (record->key == BatchKey({header->stream, header->partition, header->first})) {
      SLUICE_TRY(visit(*header, record->value));
    }
  }
  return {};
}

}  // namespace sluice::embedded
