#include "sinks/store/duckdb/arrow_bridge.h"

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

  // The next chunk, or null at the end.
  Result<std::shared_ptr<arrow::RecordBatch>> Next() {
    duckdb_data_chunk chunk = duckdb_fetch_chunk(result_);
    if (chunk == nullptr) {
      const char* message = duckdb_result_error(&result_);
      if (message != nullptr && *message != '\0')
        return DuckDbStatus(duckdb_result_error_type(&result_), message);
      return std::shared_ptr<arrow::RecordBatch>();
    }
    ArrowArray array{};
    const Status status = TakeError(duckdb_data_chunk_to_arrow(options_, chunk, &array));
    duckdb_destroy_data_chunk(&chunk);
    SLUICE_TRY(status);
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
  int64_t bytes = 0;
  for (int64_t rows = 0; !answer.truncated;) {
    SLUICE_ASSIGN(auto batch, reader.Next());
    if (batch == nullptr) break;
    bytes += arrow::util::TotalBufferSize(*batch);
    const int64_t room = caps.rows - rows;
    answer.truncated = batch->num_rows() > room || bytes > caps.bytes;
    if (batch->num_rows() > room) batch = batch->Slice(0, room);
    rows += batch->num_rows();
    batches.push_back(std::move(batch));
  }
  auto table = arrow::Table::FromRecordBatches(reader.schema(), batches);
  SLUICE_TRY(FromArrow(table.status()));
  answer.rows = WithoutExtensions(*table);
  return answer;
}

}  // namespace sluice
