#include "sources/file/parquet_input.h"

namespace sluice {
namespace {

// The reader takes a file over; this one stays with its TrackedFile.
class Borrowed : public ReadableFile {
 public:
  explicit Borrowed(ReadableFile& file) : file_(file) {}
  Status ReadAt(int64_t offset, size_t n, std::string* out) override { return file_.ReadAt(offset, n, out); }
  Result<FileInfo> Info() override { return file_.Info(); }

 private:
  ReadableFile& file_;
};

}  // namespace

Result<std::unique_ptr<FileReader>> ParquetInput::Open(ReadableFile& file, const StreamSpec& stream,
                                                       const DecodeSpec& spec, int64_t max_entries) {
  SLUICE_ASSIGN(auto rows, ParquetReader::Open(std::make_unique<Borrowed>(file), stream, spec));
  return std::unique_ptr<FileReader>(new ParquetInput(std::move(rows), max_entries));
}

Result<std::optional<Chunk>> ParquetInput::Next(bool) {
  if (AtEnd()) return std::optional<Chunk>();
  Chunk chunk{.batch = {}, .begin = {.at = rows_->NextRow(), .decoder = {}}, .end = {}};
  SLUICE_ASSIGN(chunk.batch, rows_->Next(max_entries_));
  chunk.end.at = rows_->NextRow();
  return std::optional<Chunk>(std::move(chunk));
}

}  // namespace sluice
