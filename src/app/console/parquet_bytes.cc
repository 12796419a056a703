#include "app/console/parquet_bytes.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <parquet/arrow/writer.h>

namespace sluice {
namespace {

arrow::Result<std::string> Convert(std::string_view stream) {
  auto input = std::make_shared<arrow::io::BufferReader>(
      std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(stream.data()), stream.size()));
  ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchStreamReader::Open(input));
  ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
  ARROW_ASSIGN_OR_RAISE(const auto output, arrow::io::BufferOutputStream::Create());
  parquet::WriterProperties::Builder properties;
  properties.compression(parquet::Compression::ZSTD);
  ARROW_RETURN_NOT_OK(
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), output, 128 << 10, properties.build(),
                                 parquet::ArrowWriterProperties::Builder().store_schema()->build()));
  ARROW_ASSIGN_OR_RAISE(const auto buffer, output->Finish());
  return buffer->ToString();
}

}  // namespace

Result<std::string> ParquetOfArrowStream(std::string_view stream) {
  auto converted = Convert(stream);
  if (!converted.ok()) return Status::Reject("cannot be written as Parquet: " + converted.status().message());
  return *std::move(converted);
}

}  // namespace sluice
