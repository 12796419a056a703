#include "sinks/store/duckdb/arrow_bridge.h"

#include <algorithm>
#include <utility>

#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/extension_type.h>
#include <arrow/util/byte_size.h>
#include <fmt/format.h>

#include "sinks/store/duckdb/database.h"

namespace sluice {
namespace {

// DuckDB's appender casts a chunk whose types differ (json) through a vector of this many rows, no more.
constexpr int64_t kVectorRows = 2048;
constexpr int64_t kNoCap = std::numeric_limits<int64_t>::max();

Status FromArrow(const arrow::Status& status) {
  if (status.ok()) return {};
  return status.IsOutOfMemory() ? Status::Retry(status.ToString()) : Status::Fatal(status.ToString());
}

// Owns the C handles of one append.
class Appender {
 public:
  Appender(Connection& connection, const std::string& table) : connection_(connection) {
    duckdb_appender_create(connection.handle(), "main", table.c_str(), &appender_);
  }
  ~Appender() {
    if (schema_.release != nullptr) schema_.release(&schema_);
    if (converted_ != nullptr) duckdb_destroy_arrow_converted_schema(&converted_);
    duckdb_appender_destroy(&appender_);
  }

  Status Columns(const arrow::Schema& schema) {
    for (const auto& field : schema.fields()) {
      if (duckdb_appender_add_column(appender_, field->name().c_str()) != DuckDBSuccess) return Failure();
    }
    SLUICE_TRY(FromArrow(arrow::ExportSchema(schema, &schema_)));
    return TakeError(duckdb_schema_from_arrow(connection_.handle(), &schema_, &converted_));
  }

  Status Append(const arrow::RecordBatch& rows) {
    ArrowArray array{};
    SLUICE_TRY(FromArrow(arrow::ExportRecordBatch(rows, &array)));
    duckdb_data_chunk chunk = nullptr;
    Status status = TakeError(duckdb_data_chunk_from_arrow(connection_.handle(), &array, converted_, &chunk));
    if (status.ok() && duckdb_append_data_chunk(appender_, chunk) != DuckDBSuccess) status = Failure();
    duckdb_destroy_data_chunk(&chunk);
    if (array.release != nullptr) array.release(&array);
    return status;
  }

  Status Close() {
    if (duckdb_appender_close(appender_) == DuckDBSuccess) return {};
    return Failure();
  }

 private:
  Status Failure() { return TakeError(duckdb_appender_error_data(appender_)); }

  Connection& connection_;
  duckdb_appender appender_ = nullptr;
  ArrowSchema schema_{};
  duckdb_arrow_converted_schema converted_ = nullptr;
};

// Owns a chunk of a result.
class Chunk {
 public:
  explicit Chunk(duckdb_data_chunk handle) : handle_(handle) {}
  Chunk(Chunk&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  ~Chunk() { duckdb_destroy_data_chunk(&handle_); }

  duckdb_data_chunk handle() const { return handle_; }
  int64_t rows() const { return static_cast<int64_t>(duckdb_data_chunk_get_size(handle_)); }

  // How many of its first rows have no more than `bytes` of text and lists; none when there are no bytes.
  int64_t RowsWithin(int64_t bytes) const {
    if (bytes == kNoCap) return rows();
    const std::vector<Column> columns = Variable();
    int64_t row = 0;
    for (; row < rows() && bytes > 0; ++row) {
      for (const Column& column : columns) bytes -= BytesAt(column, static_cast<idx_t>(row));
      if (bytes < 0) return row;
    }
    return row;
  }

 private:
  struct Column {
    duckdb_vector vector;
    bool list;
  };
  // The columns whose values differ in size.
  std::vector<Column> Variable() const {
    std::vector<Column> columns;
    for (idx_t i = 0; i < duckdb_data_chunk_get_column_count(handle_); ++i) {
      duckdb_vector vector = duckdb_data_chunk_get_vector(handle_, i);
      duckdb_logical_type type = duckdb_vector_get_column_type(vector);
      const duckdb_type id = duckdb_get_type_id(type);
      duckdb_destroy_logical_type(&type);
      const bool text = id == DUCKDB_TYPE_VARCHAR || id == DUCKDB_TYPE_BLOB || id == DUCKDB_TYPE_BIT;
      if (text || id == DUCKDB_TYPE_LIST) columns.push_back({vector, !text});
    }
    return columns;
  }
  static int64_t BytesAt(const Column& column, idx_t row) {
    uint64_t* validity = duckdb_vector_get_validity(column.vector);
    if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) return 0;
    const void* data = duckdb_vector_get_data(column.vector);
    if (!column.list) return duckdb_string_t_length(static_cast<const duckdb_string_t*>(data)[row]);
    constexpr uint64_t kElement = 8;  // bytes, of most
    return static_cast<int64_t>(static_cast<const duckdb_list_entry*>(data)[row].length * kElement);
  }

  duckdb_data_chunk handle_;
};

// What a result's columns are in Arrow.
class ResultReader {
 public:
  explicit ResultReader(duckdb_result& result)
      : result_(result), options_(duckdb_result_get_arrow_options(&result)) {}
  ~ResultReader() { duckdb_destroy_arrow_options(&options_); }

  Status ReadSchema() {
    const idx_t count = duckdb_column_count(&result_);
    std::vector<duckdb_logical_type> types(count);
    std::vector<const char*> names(count);
    for (idx_t i = 0; i < count; ++i) {
      types[i] = duckdb_column_logical_type(&result_, i);
      names[i] = duckdb_column_name(&result_, i);
    }
    ArrowSchema schema{};
    const Status status =
        TakeError(duckdb_to_arrow_schema(options_, types.data(), names.data(), count, &schema));
    for (duckdb_logical_type& type : types) duckdb_destroy_logical_type(&type);
    SLUICE_TRY(status);
    auto imported = arrow::ImportSchema(&schema);
    SLUICE_TRY(FromArrow(imported.status()));
    schema_ = *imported;
    return {};
  }

  // The next chunk, or one that is null at the end.
  Result<Chunk> Next() {
    Chunk chunk(duckdb_fetch_chunk(result_));
    if (chunk.handle() != nullptr) return chunk;
    const char* message = duckdb_result_error(&result_);
    if (message != nullptr && *message != '\0')
      return DuckDbStatus(duckdb_result_error_type(&result_), message);
    return chunk;
  }

  // The first `rows` of the chunk.
  Result<std::shared_ptr<arrow::RecordBatch>> Copy(const Chunk& chunk, int64_t rows) {
    duckdb_data_chunk_set_size(chunk.handle(), static_cast<idx_t>(rows));
    ArrowArray array{};
    SLUICE_TRY(TakeError(duckdb_data_chunk_to_arrow(options_, chunk.handle(), &array)));
    auto batch = arrow::ImportRecordBatch(&array, schema_);
    SLUICE_TRY(FromArrow(batch.status()));
    return *batch;
  }

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

 private:
  duckdb_result& result_;
  duckdb_arrow_options options_;
  std::shared_ptr<arrow::Schema> schema_;
};

Status TooLargeRow(int64_t most) {
  return Status::Reject(
      fmt::format("the first row alone exceeds {}, the most that one answer has: ask for "
                  "less of it",
                  FormatByteSize({most})));
}

std::shared_ptr<arrow::Table> WithoutExtensions(std::shared_ptr<arrow::Table> table) {
  for (int i = 0; i < table->num_columns(); ++i) {
    const auto& field = table->field(i);
    if (field->type()->id() != arrow::Type::EXTENSION) continue;
    const auto& type = static_cast<const arrow::ExtensionType&>(*field->type()).storage_type();
    arrow::ArrayVector chunks;
    for (const auto& chunk : table->column(i)->chunks()) {
      chunks.push_back(static_cast<const arrow::ExtensionArray&>(*chunk).storage());
    }
    table = table
                ->SetColumn(i, arrow::field(field->name(), type),
                            std::make_shared<arrow::ChunkedArray>(chunks, type))
                .ValueOrDie();
  }
  return table;
}

}  // namespace

Status AppendRows(Connection& connection, const std::string& table, const arrow::RecordBatch& rows) {
  Appender appender(connection, table);
  SLUICE_TRY(appender.Columns(*rows.schema()));
  for (int64_t at = 0; at < rows.num_rows(); at += kVectorRows) {
    SLUICE_TRY(appender.Append(*rows.Slice(at, kVectorRows)));
  }
  return appender.Close();
}

Result<Answer> TakeTable(duckdb_result& result, AnswerCaps caps) {
  ResultReader reader(result);
  SLUICE_TRY(reader.ReadSchema());
  arrow::RecordBatchVector batches;
  Answer answer;
  const int64_t most = caps.bytes;
  while (!answer.truncated) {
    SLUICE_ASSIGN(const Chunk chunk, reader.Next());
    if (chunk.handle() == nullptr) break;
    const int64_t room = std::min(chunk.rows(), caps.rows);
    const int64_t fit = std::min(room, chunk.RowsWithin(caps.bytes));
    answer.truncated = fit < chunk.rows();
    answer.too_large = fit < room;
    if (answer.too_large && fit == 0 && batches.empty()) return TooLargeRow(most);
    if (fit == 0) continue;
    SLUICE_ASSIGN(auto batch, reader.Copy(chunk, fit));
    caps.rows -= fit;
    if (caps.bytes != kNoCap) caps.bytes -= arrow::util::TotalBufferSize(*batch);
    batches.push_back(std::move(batch));
  }
  auto table = arrow::Table::FromRecordBatches(reader.schema(), batches);
  SLUICE_TRY(FromArrow(table.status()));
  answer.rows = WithoutExtensions(*table);
  return answer;
}

}  // namespace sluice
