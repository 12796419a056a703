// ParquetColumn: from one column of a Parquet file to one field of a stream. Which types fit is decided once,
// by CheckParquetType; SetFromArrow then moves single values. Internal to the Parquet codec; pure but for the
// builder.
#pragma once

#include <string>

#include <arrow/type_fwd.h>

#include "codecs/batch_builder.h"
#include "codecs/field_plan.h"

namespace sluice {

// "" when a column of `type` fits the field, or what the field wants instead.
std::string CheckParquetType(FieldType field, const arrow::DataType& type, const TimeReader& times);

// Gives a value to the field; nulls are skipped. Returns nullptr or the reason why the field does not take
// it.
const char* SetFromArrow(const arrow::Array& column, int64_t row, int field, FieldPlan& plan,
                         BatchBuilder& out);

// The value as JSON: for the `extra` column.
std::string ArrowToJson(const arrow::Array& column, int64_t row);
// The value as a cell of CSV that a field takes as it would take the value: for the bytes of a dead entry.
std::string ArrowToCell(const arrow::Array& column, int64_t row);
// Text as a cell of CSV, in quotes where it needs them; an empty one, too, or it would be null.
std::string QuotedCell(std::string_view text);

}  // namespace sluice
