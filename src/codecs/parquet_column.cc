#include "codecs/parquet_column.h"

#include <limits>

#include <arrow/api.h>
#include <fmt/format.h>

#include "core/json_text.h"

namespace sluice {
namespace {

using arrow::Type;

bool HoldsText(Type::type id) {
  return id == Type::STRING || id == Type::LARGE_STRING || id == Type::BINARY || id == Type::LARGE_BINARY;
}
bool IsDecimal(Type::type id) { return id == Type::DECIMAL128 || id == Type::DECIMAL256; }
bool IsTime(Type::type id) { return id == Type::TIMESTAMP || id == Type::DATE32 || id == Type::DATE64; }
bool IsNumber(Type::type id) {
  return arrow::is_integer(id) || id == Type::FLOAT || id == Type::DOUBLE || IsDecimal(id);
}

std::string_view TextAt(const arrow::Array& column, int64_t row) {
  switch (column.type_id()) {
    case Type::STRING:
    case Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(column).GetView(row);
    default:
      return static_cast<const arrow::LargeBinaryArray&>(column).GetView(row);
  }
}

int64_t WholeAt(const arrow::Array& column, int64_t row) {
  switch (column.type_id()) {
    case Type::INT8:
      return static_cast<const arrow::Int8Array&>(column).Value(row);
    case Type::INT16:
      return static_cast<const arrow::Int16Array&>(column).Value(row);
    case Type::INT32:
      return static_cast<const arrow::Int32Array&>(column).Value(row);
    case Type::UINT8:
      return static_cast<const arrow::UInt8Array&>(column).Value(row);
    case Type::UINT16:
      return static_cast<const arrow::UInt16Array&>(column).Value(row);
    case Type::UINT32:
      return static_cast<const arrow::UInt32Array&>(column).Value(row);
    default:
      return static_cast<const arrow::Int64Array&>(column).Value(row);
  }
}

// The decimal text of an integer or decimal column's value.
std::string NumberText(const arrow::Array& column, int64_t row) {
  switch (column.type_id()) {
    case Type::DECIMAL128:
      return static_cast<const arrow::Decimal128Array&>(column).FormatValue(row);
    case Type::DECIMAL256:
      return static_cast<const arrow::Decimal256Array&>(column).FormatValue(row);
    case Type::UINT64:
      return fmt::format("{}", static_cast<const arrow::UInt64Array&>(column).Value(row));
    case Type::FLOAT:
      return fmt::format("{}", static_cast<const arrow::FloatArray&>(column).Value(row));
    case Type::DOUBLE:
      return fmt::format("{}", static_cast<const arrow::DoubleArray&>(column).Value(row));
    default:
      return fmt::format("{}", WholeAt(column, row));
  }
}

// A time of the column in microseconds; false beyond 64 bits, which is beyond the year 9999 too.
bool TimeAt(const arrow::Array& column, int64_t row, int64_t* micros, bool* naive) {
  *naive = true;
  if (column.type_id() == Type::DATE32) {
    *micros = int64_t{86'400'000'000} * static_cast<const arrow::Date32Array&>(column).Value(row);
    return true;
  }
  if (column.type_id() == Type::DATE64) {
    return !__builtin_mul_overflow(static_cast<const arrow::Date64Array&>(column).Value(row), int64_t{1000},
                                   micros);
  }
  const auto& type = static_cast<const arrow::TimestampType&>(*column.type());
  const int64_t value = static_cast<const arrow::TimestampArray&>(column).Value(row);
  *naive = type.timezone().empty();
  switch (type.unit()) {
    case arrow::TimeUnit::SECOND:
      return !__builtin_mul_overflow(value, int64_t{1'000'000}, micros);
    case arrow::TimeUnit::MILLI:
      return !__builtin_mul_overflow(value, int64_t{1'000}, micros);
    case arrow::TimeUnit::MICRO:
      *micros = value;
      return true;
    case arrow::TimeUnit::NANO:
      *micros = value / 1000 - (value % 1000 < 0 ? 1 : 0);
      return true;
  }
  return false;
}

const char* SetTime(const arrow::Array& column, int64_t row, int field, FieldPlan& plan, BatchBuilder& out) {
  int64_t micros = 0;
  bool naive = false;
  const bool fits = TimeAt(column, row, &micros, &naive);
  const Timestamp time = FromMicros(micros);
  if (!fits || time < kMinTime || time > kMaxTime) return out.SetTime(field, kMaxTime + Duration(1));
  return out.SetTime(field, naive ? plan.times().FromNaive(time) : time);
}

const char* SetNumber(const arrow::Array& column, int64_t row, int field, FieldPlan& plan,
                      BatchBuilder& out) {
  const FieldType wanted = plan.stream().fields[static_cast<size_t>(field)].type;
  const Type::type id = column.type_id();
  if (wanted == FieldType::timestamp || IsDecimal(id) || id == Type::UINT64) {
    const std::string text = NumberText(column, row);
    return plan.SetCell(field, text, out);
  }
  if (id == Type::DOUBLE)
    return out.SetDouble(field, static_cast<const arrow::DoubleArray&>(column).Value(row));
  if (id == Type::FLOAT)
    return out.SetDouble(field, static_cast<const arrow::FloatArray&>(column).Value(row));
  return out.SetInt(field, WholeAt(column, row));
}

}  // namespace

std::string CheckParquetType(FieldType field, const arrow::DataType& type, const TimeReader& times) {
  const Type::type id = type.id();
  switch (field) {
    case FieldType::boolean:
      return id == Type::BOOL ? "" : "a boolean column";
    case FieldType::integer:
    case FieldType::number:
      return IsNumber(id) ? "" : "a column of numbers";
    case FieldType::text:
      return HoldsText(id) ? "" : "a column of strings";
    case FieldType::json:
      return HoldsText(id) ? "" : "a column of strings that hold JSON";
    case FieldType::timestamp:
      if (IsTime(id)) return "";
      if (HoldsText(id) && !times.WantsNumbers()) return "";
      if (IsNumber(id) && times.WantsNumbers()) return "";
      return "a column of timestamps, dates or strings, or of numbers with a time_format such as unix_ms";
  }
  return "another type";
}

const char* SetFromArrow(const arrow::Array& column, int64_t row, int field, FieldPlan& plan,
                         BatchBuilder& out) {
  if (column.IsNull(row)) return nullptr;
  const Type::type id = column.type_id();
  if (id == Type::BOOL) return out.SetBool(field, static_cast<const arrow::BooleanArray&>(column).Value(row));
  if (HoldsText(id)) {
    const bool json = plan.stream().fields[static_cast<size_t>(field)].type == FieldType::json;
    return json ? plan.SetCell(field, TextAt(column, row), out)
                : plan.SetText(field, TextAt(column, row), out);
  }
  if (IsTime(id)) return SetTime(column, row, field, plan, out);
  return SetNumber(column, row, field, plan, out);
}

std::string QuotedCell(std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + '"';
}

std::string ArrowToCell(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return "";
  const Type::type id = column.type_id();
  if (id == Type::BOOL) return static_cast<const arrow::BooleanArray&>(column).Value(row) ? "true" : "false";
  // The double that a float stands for, not the shortest text that a float would be read from.
  if (id == Type::FLOAT) {
    return fmt::format("{}", static_cast<double>(static_cast<const arrow::FloatArray&>(column).Value(row)));
  }
  if (IsNumber(id)) return NumberText(column, row);
  if (HoldsText(id)) return QuotedCell(TextAt(column, row));
  int64_t micros = 0;
  bool naive = false;
  if (IsTime(id) && TimeAt(column, row, &micros, &naive)) {
    const Timestamp time = FromMicros(micros);
    std::string text = FormatRfc3339(time);
    if (naive) text.pop_back();  // the Z
    if (time >= kMinTime && time <= kMaxTime) return text;
  }
  const auto scalar = column.GetScalar(row);
  return QuotedCell(scalar.ok() ? (*scalar)->ToString() : "");
}

std::string ArrowToJson(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return "null";
  const Type::type id = column.type_id();
  if (id == Type::BOOL) return static_cast<const arrow::BooleanArray&>(column).Value(row) ? "true" : "false";
  std::string text;
  if (IsNumber(id)) {
    text = NumberText(column, row);
    Decimal number;
    if (ParseDecimal(text, &number)) return text;  // not so: NaN, infinities
  } else if (HoldsText(id)) {
    text = TextAt(column, row);
  } else {
    const auto scalar = column.GetScalar(row);
    text = scalar.ok() ? (*scalar)->ToString() : "";
  }
  std::string json;
  AppendJsonText(text, &json);
  return json;
}

}  // namespace sluice
