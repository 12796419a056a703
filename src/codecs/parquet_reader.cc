#include "codecs/parquet_reader.h"

#include <algorithm>
#include <set>

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/properties.h>

#include "codecs/parquet_column.h"
#include "core/json_text.h"

namespace sluice {
namespace {

constexpr int64_t kRowsRead = 8192;           // decoded at a time
constexpr int64_t kStreamBuffer = 256 << 10;  // of each column, instead of a whole row group

// A file of ours as one of Arrow's.
class ArrowFile : public arrow::io::RandomAccessFile {
 public:
  ArrowFile(std::unique_ptr<ReadableFile> file, int64_t size) : file_(std::move(file)), size_(size) {}

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return at_; }
  arrow::Status Seek(int64_t at) override {
    at_ = at;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> GetSize() override { return size_; }
  arrow::Result<int64_t> Read(int64_t n, void* out) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, Read(n));
    std::copy_n(buffer->data(), buffer->size(), static_cast<uint8_t*>(out));
    return buffer->size();
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t n) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(at_, n));
    at_ += buffer->size();
    return buffer;
  }
  arrow::Result<int64_t> ReadAt(int64_t at, int64_t n, void* out) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(at, n));
    std::copy_n(buffer->data(), buffer->size(), static_cast<uint8_t*>(out));
    return buffer->size();
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t at, int64_t n) override {
    std::string bytes;
    if (const Status status = file_->ReadAt(at, static_cast<size_t>(n), &bytes); !status.ok()) {
      return arrow::Status::IOError(status.message());
    }
    return arrow::Buffer::FromString(std::move(bytes));
  }

 private:
  const std::unique_ptr<ReadableFile> file_;
  const int64_t size_;
  int64_t at_ = 0;
  bool closed_ = false;
};

// One column of the file that is read: its place below the top-level columns, and the fields that take it.
struct Source {
  std::vector<int> path;  // indexes into the schema, then into structs
  std::vector<int> fields;
  bool unknown = false;  // kept in `extra`
  std::string name;
};

// Where `path` is in the schema: a column of that very name, or, dot by dot, a member of a struct.
std::vector<int> FindColumn(const arrow::FieldVector& fields, std::string_view path,
                            std::shared_ptr<arrow::DataType>* type) {
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string& name = fields[i]->name();
    if (path == name) {
      *type = fields[i]->type();
      return {static_cast<int>(i)};
    }
    if (!path.starts_with(name) || path[name.size()] != '.' || fields[i]->type()->id() != arrow::Type::STRUCT)
      continue;
    std::vector<int> inner = FindColumn(fields[i]->type()->fields(), path.substr(name.size() + 1), type);
    if (inner.empty()) continue;
    inner.insert(inner.begin(), static_cast<int>(i));
    return inner;
  }
  return {};
}

std::shared_ptr<arrow::Array> ColumnAt(const arrow::RecordBatch& batch, const std::string& top,
                                       const std::vector<int>& path) {
  std::shared_ptr<arrow::Array> column = batch.GetColumnByName(top);
  for (size_t i = 1; i < path.size() && column; ++i) {
    auto inner = static_cast<const arrow::StructArray&>(*column).GetFlattenedField(path[i]);
    column = inner.ok() ? *inner : nullptr;
  }
  return column;
}

class Reader : public ParquetReader {
 public:
  Reader(const DecodeSpec& spec, std::unique_ptr<FieldPlan> plan) : spec_(spec), plan_(std::move(plan)) {}

  Status Init(std::unique_ptr<ReadableFile> file);
  int64_t Rows() const override { return rows_; }
  int64_t NextRow() const override { return next_; }
  Status Seek(int64_t row) override;
  Result<Batch> Next(int64_t max_entries) override;

 private:
  Status Bad(std::string_view what) const {
    return Status::Reject(fmt::format("{}: {}", spec_.source, what));
  }
  Status Damaged(const arrow::Status& status) const {
    return Bad(
        fmt::format("the Parquet file is damaged or not whole ({}): write it again, or wait until its writer "
                    "has closed it",
                    status.message()));
  }
  Status Resolve(const arrow::Schema& schema);
  Status ResolveField(const arrow::Schema& schema, size_t field);
  Status ResolveUnknown(const arrow::Schema& schema);
  // Makes `chunk_` hold rows, unless the end is reached.
  Status Load();
  void ReadRow(int64_t row, BatchBuilder& out);
  const char* ReadValues(int64_t row, BatchBuilder& out);
  std::string RowText(int64_t row) const;

  const DecodeSpec spec_;
  const std::unique_ptr<FieldPlan> plan_;
  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::vector<Source> sources_;
  std::vector<std::string> top_;  // names of the top-level columns
  std::vector<int> leaves_;       // columns of the file that are read
  int64_t rows_ = 0;
  int64_t next_ = 0;

  std::unique_ptr<arrow::RecordBatchReader> reader_;
  std::shared_ptr<arrow::RecordBatch> chunk_;
  std::vector<std::shared_ptr<arrow::Array>> columns_;  // of the chunk, one a source
  int64_t chunk_at_ = 0;
  Status failure_;  // of reading on
};

Status Reader::Init(std::unique_ptr<ReadableFile> file) {
  SLUICE_ASSIGN(const FileInfo info, file->Info());
  auto properties = parquet::default_reader_properties();
  properties.enable_buffered_stream();
  properties.set_buffer_size(kStreamBuffer);
  parquet::ArrowReaderProperties arrow_properties;
  arrow_properties.set_batch_size(kRowsRead);
  parquet::arrow::FileReaderBuilder builder;
  if (const auto status = builder.Open(std::make_shared<ArrowFile>(std::move(file), info.size), properties);
      !status.ok()) {
    return Damaged(status);
  }
  if (const auto status = builder.properties(arrow_properties)->Build(&file_); !status.ok())
    return Damaged(status);
  std::shared_ptr<arrow::Schema> schema;
  if (const auto status = file_->GetSchema(&schema); !status.ok()) return Damaged(status);
  rows_ = file_->parquet_reader()->metadata()->num_rows();
  SLUICE_TRY(Resolve(*schema));
  return Seek(0);
}

Status Reader::Resolve(const arrow::Schema& schema) {
  for (const auto& field : schema.fields()) top_.push_back(field->name());
  for (size_t field = 0; field < plan_->stream().fields.size(); ++field) {
    if (!plan_->IsConstant(field)) SLUICE_TRY(ResolveField(schema, field));
  }
  SLUICE_TRY(ResolveUnknown(schema));
  std::set<std::string> wanted;
  for (const Source& source : sources_) wanted.insert(top_[static_cast<size_t>(source.path[0])]);
  const auto& parquet_schema = *file_->parquet_reader()->metadata()->schema();
  for (int leaf = 0; leaf < parquet_schema.num_columns(); ++leaf) {
    const auto path = parquet_schema.Column(leaf)->path()->ToDotVector();
    if (wanted.contains(path[0])) leaves_.push_back(leaf);
  }
  return {};
}

Status Reader::ResolveField(const arrow::Schema& schema, size_t field) {
  const StreamSpec& stream = plan_->stream();
  const Field& declared = stream.fields[field];
  const auto index = static_cast<int>(field);
  std::shared_ptr<arrow::DataType> type;
  std::vector<int> path = FindColumn(schema.fields(), plan_->Path(field), &type);
  if (path.empty()) {
    if (!declared.required && stream.key != index && stream.time != index) return {};
    return Bad(fmt::format(
        "the Parquet file has no column '{}' for the required field '{}', only {}: say which column "
        "it is with map, or give a constant with set",
        plan_->Path(field), declared.name, fmt::join(top_, ", ")));
  }
  const std::string wanted = CheckParquetType(declared.type, *type, plan_->times());
  if (!wanted.empty()) {
    return Bad(fmt::format(
        "column '{}' of the Parquet file is {}, but field '{}' ({}) wants {}: change the field's type "
        "or map another column",
        plan_->Path(field), type->ToString(), declared.name, FieldTypeName(declared.type), wanted));
  }
  sources_.push_back({.path = std::move(path), .fields = {index}, .name = plan_->Path(field)});
  return {};
}

Status Reader::ResolveUnknown(const arrow::Schema& schema) {
  const UnknownFields unknown = plan_->stream().unknown;
  if (unknown == UnknownFields::ignore) return {};
  std::set<int> known;
  for (const Source& source : sources_) known.insert(source.path[0]);
  for (int i = 0; i < schema.num_fields(); ++i) {
    const int constant = plan_->stream().FieldIndex(top_[static_cast<size_t>(i)]);
    if (known.contains(i) || (constant >= 0 && plan_->IsConstant(static_cast<size_t>(constant)))) continue;
    if (unknown == UnknownFields::reject) {
      return Bad(fmt::format(
          "column '{}' of the Parquet file is no field of stream '{}' (unknown = \"reject\"): declare "
          "it, or use unknown = \"ignore\" or \"keep\"",
          top_[static_cast<size_t>(i)], plan_->stream().name));
    }
    sources_.push_back({.path = {i}, .unknown = true, .name = top_[static_cast<size_t>(i)]});
  }
  return {};
}

Status Reader::Seek(int64_t row) {
  if (row < 0 || row > rows_) return Bad(fmt::format("the Parquet file has {} rows, not {}", rows_, row));
  const auto metadata = file_->parquet_reader()->metadata();
  std::vector<int> groups;
  int64_t first = 0;
  int64_t skip = 0;
  for (int group = 0; group < metadata->num_row_groups(); ++group) {
    const int64_t end = first + metadata->RowGroup(group)->num_rows();
    if (end > row) {
      if (groups.empty()) skip = row - first;
      groups.push_back(group);
    }
    first = end;
  }
  next_ = row;
  failure_ = {};
  chunk_ = nullptr;
  reader_ = nullptr;
  if (groups.empty()) return {};
  auto reader = file_->GetRecordBatchReader(groups, leaves_);
  if (!reader.ok()) return Damaged(reader.status());
  reader_ = std::move(*reader);
  while (skip > 0) {
    SLUICE_TRY(Load());
    if (!chunk_) return Bad("the Parquet file has fewer rows than it says");
    const int64_t step = std::min(skip, chunk_->num_rows());
    chunk_at_ = step;
    skip -= step;
  }
  return {};
}

Status Reader::Load() {
  chunk_ = nullptr;
  chunk_at_ = 0;
  if (!reader_) return {};
  do {
    try {
      if (const auto status = reader_->ReadNext(&chunk_); !status.ok()) return Damaged(status);
    } catch (const std::exception& error) {
      return Damaged(arrow::Status::IOError(error.what()));
    }
  } while (chunk_ && chunk_->num_rows() == 0);
  columns_.clear();
  if (!chunk_) return {};
  for (const Source& source : sources_) {
    columns_.push_back(ColumnAt(*chunk_, top_[static_cast<size_t>(source.path[0])], source.path));
    if (!columns_.back())
      return Bad(fmt::format("column '{}' of the Parquet file cannot be read", source.name));
  }
  return {};
}

Result<Batch> Reader::Next(int64_t max_entries) {
  BatchBuilder out(plan_->stream(), max_entries, int64_t{32} << 20);
  while (next_ < rows_ && !out.Full()) {
    if (!chunk_ || chunk_at_ == chunk_->num_rows()) {
      if (failure_.ok()) failure_ = Load();
      if (failure_.ok() && !chunk_) failure_ = Bad("the Parquet file has fewer rows than it says");
      if (!failure_.ok() && out.Empty()) return failure_;
      if (!failure_.ok()) break;  // said by the next call
    }
    ReadRow(chunk_at_++, out);
    ++next_;
  }
  return out.Finish();
}

void Reader::ReadRow(int64_t row, BatchBuilder& out) {
  const char* reason = ReadValues(row, out);
  if (reason == nullptr) reason = out.EndReading();
  if (reason != nullptr) out.Abandon(reason, fmt::format("{} row {}", spec_.source, next_ + 1), RowText(row));
}

const char* Reader::ReadValues(int64_t row, BatchBuilder& out) {
  std::string extra;
  for (size_t i = 0; i < sources_.size(); ++i) {
    for (const int field : sources_[i].fields) {
      if (const char* reason = SetFromArrow(*columns_[i], row, field, *plan_, out)) return reason;
    }
    if (!sources_[i].unknown || columns_[i]->IsNull(row)) continue;
    extra += extra.empty() ? '{' : ',';
    AppendJsonText(sources_[i].name, &extra);
    extra += ':' + ArrowToJson(*columns_[i], row);
  }
  if (!extra.empty()) out.SetExtra(extra += '}');
  return plan_->SetConstants(out);
}

// The row as the smallest CSV that holds it, so that its dead letter can be read again.
std::string Reader::RowText(int64_t row) const {
  std::set<std::string_view> named;  // a column may be mapped to several fields
  std::string header;
  std::string cells;
  for (size_t i = 0; i < sources_.size(); ++i) {
    const std::string_view comma = named.empty() ? "" : ",";
    if (!named.insert(sources_[i].name).second) continue;
    header.append(comma).append(QuotedCell(sources_[i].name));
    cells.append(comma).append(ArrowToCell(*columns_[i], row));
  }
  return header + '\n' + cells;
}

}  // namespace

Result<std::unique_ptr<ParquetReader>> ParquetReader::Open(std::unique_ptr<ReadableFile> file,
                                                           const StreamSpec& stream, const DecodeSpec& spec) {
  SLUICE_ASSIGN(auto plan, FieldPlan::Make(stream, spec));
  auto reader = std::make_unique<Reader>(spec, std::move(plan));
  try {
    SLUICE_TRY(reader->Init(std::move(file)));
  } catch (const std::exception& error) {
    return Status::Reject(fmt::format("{}: the Parquet file cannot be read: {}", spec.source, error.what()));
  }
  return std::unique_ptr<ParquetReader>(std::move(reader));
}

}  // namespace sluice
