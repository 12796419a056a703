#include "log/embedded/batch_format.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>

#include "log/embedded/crc32c.h"
#include "log/embedded/wire.h"

namespace sluice::embedded {
namespace {

constexpr std::string_view kMagic = "SLB1";
constexpr uint8_t kVersion = 1;
constexpr uint8_t kPlain = 0;
constexpr uint8_t kLz4 = 1;
constexpr int64_t kSmallestCompressed = 512;

std::string_view View(const arrow::Buffer& buffer) {
  return {reinterpret_cast<const char*>(buffer.data()), static_cast<size_t>(buffer.size())};
}

Status DamagedBatch(std::string_view what) { return Status::Reject(fmt::format("damaged batch: {}", what)); }

arrow::util::Codec& Lz4() {
  thread_local const auto kCodec = arrow::util::Codec::Create(arrow::Compression::LZ4).ValueOrDie();
  return *kCodec;
}

// Compressed rows when that saves an eighth, otherwise null.
std::shared_ptr<arrow::Buffer> Compressed(const arrow::Buffer& rows) {
  if (rows.size() < kSmallestCompressed) return nullptr;
  auto room = arrow::AllocateResizableBuffer(Lz4().MaxCompressedLen(rows.size(), rows.data()));
  if (!room.ok()) return nullptr;
  const auto size = Lz4().Compress(rows.size(), rows.data(), (*room)->size(), (*room)->mutable_data());
  if (!size.ok() || *size > rows.size() - rows.size() / 8) return nullptr;
  return arrow::SliceBuffer(std::shared_ptr<arrow::Buffer>(*std::move(room)), 0, *size);
}

Result<std::shared_ptr<arrow::Buffer>> Decompressed(const std::shared_ptr<arrow::Buffer>& stored,
                                                    const BatchHeader& header) {
  if (header.codec == kPlain) return stored;
  auto room = arrow::AllocateBuffer(header.rows_raw);
  if (!room.ok()) return Status::Retry("no memory for a batch of the log");
  const auto size =
      Lz4().Decompress(stored->size(), stored->data(), header.rows_raw, (*room)->mutable_data());
  if (!size.ok() || *size != header.rows_raw) return DamagedBatch("its rows do not decompress");
  return std::shared_ptr<arrow::Buffer>(*std::move(room));
}

std::string EncodeDead(const std::vector<DeadEntry>& dead) {
  WireWriter out;
  for (const DeadEntry& entry : dead) {
    out.Put(static_cast<uint32_t>(entry.at));
    out.Put(entry.length);
    out.PutText(entry.hash);
    out.PutText(entry.reason);
    out.PutText(entry.source);
    out.PutText(entry.bytes);
  }
  return out.Take();
}

Result<std::vector<DeadEntry>> DecodeDead(std::string_view bytes, const BatchHeader& header) {
  std::vector<DeadEntry> dead;
  WireReader in(bytes);
  int64_t after = -1;
  for (uint32_t i = 0; i < header.dead && in.ok(); ++i) {
    DeadEntry entry;
    entry.at = in.Get<uint32_t>();
    entry.length = in.Get<int64_t>();
    entry.hash = in.GetText();
    entry.reason = in.GetText();
    entry.source = in.GetText();
    entry.bytes = in.GetText();
    entry.arrival = header.arrival;
    if (entry.at <= after || entry.at >= int64_t{header.rows} + header.dead)
      return DamagedBatch("dead entries out of order");
    after = entry.at;
    dead.push_back(std::move(entry));
  }
  if (!in.Done()) return DamagedBatch("its dead entries are cut");
  return dead;
}

Result<std::shared_ptr<arrow::RecordBatch>> DecodeRows(const std::shared_ptr<arrow::Buffer>& raw,
                                                       const std::shared_ptr<arrow::Schema>& schema) {
  arrow::io::BufferReader in(raw);
  const arrow::ipc::DictionaryMemo no_dictionaries;
  auto rows =
      arrow::ipc::ReadRecordBatch(schema, &no_dictionaries, arrow::ipc::IpcReadOptions::Defaults(), &in);
  if (!rows.ok()) return DamagedBatch(rows.status().message());
  if (const auto valid = (*rows)->Validate(); !valid.ok()) return DamagedBatch(valid.message());
  return *std::move(rows);
}

}  // namespace

Result<EncodedPayload> EncodePayload(const Batch& batch) {
  EncodedPayload payload;
  auto rows = arrow::ipc::SerializeRecordBatch(*batch.rows, arrow::ipc::IpcWriteOptions::Defaults());
  if (!rows.ok()) return Status::Reject("rows cannot be encoded: " + rows.status().message());
  payload.dead = EncodeDead(batch.dead);
  const int64_t raw = (*rows)->size();
  if (raw > kMaxRawBytes || payload.dead.size() > kMaxRawBytes)
    return Status::Reject("a batch of more than 1 GiB");
  const auto smaller = Compressed(**rows);
  payload.rows = smaller ? smaller : *rows;
  payload.header = {.rows = static_cast<uint32_t>(batch.rows->num_rows()),
                    .dead = static_cast<uint32_t>(batch.dead.size()),
                    .rows_stored = static_cast<uint32_t>(payload.rows->size()),
                    .rows_raw = static_cast<uint32_t>(raw),
                    .dead_bytes = static_cast<uint32_t>(payload.dead.size()),
                    .codec = smaller ? kLz4 : kPlain};
  payload.crc = Crc32c(payload.dead, Crc32c(View(*payload.rows)));
  return payload;
}

std::vector<Batch> CutToSize(Batch batch) {
  const int64_t pieces = std::max<int64_t>(1, batch.ByteSize() / kBatchBytes);
  const int64_t entries = batch.Count();
  const int64_t step = std::max<int64_t>(1, (entries + pieces - 1) / pieces);
  std::vector<Batch> cut;
  if (entries <= step) {
    cut.push_back(std::move(batch));
    return cut;
  }
  size_t dead = 0;
  for (int64_t from = 0; from < entries; from += step) {
    const int64_t to = std::min(entries, from + step);
    const int64_t rows_before = from - static_cast<int64_t>(dead);
    Batch piece;
    for (; dead < batch.dead.size() && batch.dead[dead].at < to; ++dead) {
      piece.dead.push_back(std::move(batch.dead[dead]));
      piece.dead.back().at -= from;
    }
    piece.rows = batch.rows->Slice(rows_before, to - from - static_cast<int64_t>(piece.dead.size()));
    cut.push_back(std::move(piece));
  }
  return cut;
}

std::string SealHeader(const BatchHeader& header, uint32_t payload_crc) {
  std::string sealed(kHeaderBytes, '\0');
  size_t at = 8;
  const auto put = [&](const auto number) {
    std::memcpy(sealed.data() + at, &number, sizeof number);
    at += sizeof number;
  };
  put(kVersion);
  put(header.codec);
  put(uint16_t{0});
  put(header.stream);
  put(header.partition);
  put(header.schema);
  put(header.first);
  put(ToMicros(header.arrival));
  put(header.rows);
  put(header.dead);
  put(header.rows_stored);
  put(header.rows_raw);
  put(header.dead_bytes);
  const uint32_t crc = Crc32c(std::string_view(sealed).substr(8), payload_crc);
  std::memcpy(sealed.data(), kMagic.data(), kMagic.size());
  std::memcpy(sealed.data() + 4, &crc, sizeof crc);
  return sealed;
}

std::string EncodeBatch(const BatchHeader& place, const EncodedPayload& payload) {
  BatchHeader header = payload.header;
  header.stream = place.stream;
  header.partition = place.partition;
  header.schema = place.schema;
  header.first = place.first;
  header.arrival = place.arrival;
  std::string value = SealHeader(header, payload.crc);
  value.append(View(*payload.rows)).append(payload.dead);
  return value;
}

Result<BatchHeader> CheckBatch(std::string_view value) {
  if (value.size() < kHeaderBytes || value.substr(0, kMagic.size()) != kMagic)
    return DamagedBatch("no header");
  const std::string_view fields = value.substr(8, kHeaderBytes - 8);
  const std::string_view payload = value.substr(kHeaderBytes);
  if (WireReader(value.substr(4, 4)).Get<uint32_t>() != Crc32c(fields, Crc32c(payload))) {
    return DamagedBatch("its checksum is wrong");
  }
  WireReader in(fields);
  const auto version = in.Get<uint8_t>();
  if (version != kVersion) return Status::Reject(fmt::format("batch format {} is not known here", version));
  BatchHeader header;
  header.codec = in.Get<uint8_t>();
  (void)in.Get<uint16_t>();
  header.stream = in.Get<uint32_t>();
  header.partition = in.Get<PartitionId>();
  header.schema = in.Get<uint32_t>();
  header.first = in.Get<Position>();
  header.arrival = FromMicros(in.Get<int64_t>());
  header.rows = in.Get<uint32_t>();
  header.dead = in.Get<uint32_t>();
  header.rows_stored = in.Get<uint32_t>();
  header.rows_raw = in.Get<uint32_t>();
  header.dead_bytes = in.Get<uint32_t>();
  const bool sizes_agree = uint64_t{header.rows_stored} + header.dead_bytes == payload.size();
  const uint64_t most_raw = header.codec == kPlain ? header.rows_stored : uint64_t{header.rows_stored} * 256;
  if (!sizes_agree || header.rows_raw > most_raw || header.rows_raw > kMaxRawBytes || header.codec > kLz4 ||
      header.first < 0) {
    return DamagedBatch("its sizes contradict each other");
  }
  return header;
}

Result<DecodedBatch> DecodeBatch(const std::shared_ptr<arrow::Buffer>& value, const BatchHeader& header,
                                 const std::shared_ptr<arrow::Schema>& schema) {
  DecodedBatch decoded{.header = header};
  const auto stored = arrow::SliceBuffer(value, kHeaderBytes, header.rows_stored);
  SLUICE_ASSIGN(const auto raw, Decompressed(stored, header));
  SLUICE_ASSIGN(decoded.rows, DecodeRows(raw, schema));
  if (decoded.rows->num_rows() != header.rows) return DamagedBatch("its rows are not as many as it says");
  SLUICE_ASSIGN(decoded.dead, DecodeDead(View(*value).substr(kHeaderBytes + header.rows_stored), header));
  return decoded;
}

}  // namespace sluice::embedded
