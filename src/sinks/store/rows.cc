#include "sinks/store/rows.h"

#include <arrow/api.h>

namespace sluice {

Rows::Rows(std::shared_ptr<arrow::Table> table) : table_(table->CombineChunks().ValueOrDie()) {}

int64_t Rows::size() const { return table_->num_rows(); }

const arrow::Array* Rows::Column(int column) const { return table_->column(column)->chunk(0).get(); }

bool Rows::IsNull(int column, int64_t row) const { return Column(column)->IsNull(row); }

int64_t Rows::Int(int column, int64_t row) const {
  const arrow::Array* cells = Column(column);
  if (cells->IsNull(row)) return 0;
  switch (cells->type_id()) {
    case arrow::Type::BOOL:
      return static_cast<const arrow::BooleanArray*>(cells)->Value(row);
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Array*>(cells)->Value(row);
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampArray*>(cells)->Value(row);
    default:
      return static_cast<const arrow::Int64Array*>(cells)->Value(row);
  }
}

std::optional<double> Rows::Number(int column, int64_t row) const {
  if (IsNull(column, row)) return std::nullopt;
  return static_cast<const arrow::DoubleArray*>(Column(column))->Value(row);
}

std::string Rows::Text(int column, int64_t row) const {
  if (IsNull(column, row)) return "";
  return static_cast<const arrow::BinaryArray*>(Column(column))->GetString(row);
}

std::optional<Timestamp> Rows::Time(int column, int64_t row) const {
  if (IsNull(column, row)) return std::nullopt;
  return FromMicros(Int(column, row));
}

}  // namespace sluice
