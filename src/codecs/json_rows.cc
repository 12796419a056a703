#include "codecs/json_rows.h"

#include <cmath>
#include <iterator>
#include <limits>

#include <arrow/api.h>
#include <arrow/extension_type.h>
#include <arrow/util/base64.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "core/json_text.h"
#include "core/time.h"

namespace sluice {
namespace {

using arrow::Type;

template <class Derived, class Base>
const Derived& As(const Base& base) {
  return static_cast<const Derived&>(base);
}

template <class Array>
CellKind AppendInteger(const arrow::Array& array, int64_t row, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{}", As<Array>(array).Value(row));
  return CellKind::bare;
}

template <class Float>
CellKind AppendFloat(Float value, std::string& out) {
  if (!std::isfinite(value)) return CellKind::null;
  fmt::format_to(std::back_inserter(out), "{}", value);
  return CellKind::bare;
}

double HalfToDouble(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const double mantissa = bits & 1023;
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 31) return mantissa == 0 ? sign * INFINITY : NAN;
  return sign * (exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25));
}

int64_t FloorDiv(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

// Years that RFC 3339 can write. Infinite timestamps lie outside.
bool HasText(Timestamp time) { return time >= kMinTime && time <= kMaxTime; }
constexpr int64_t kMostSeconds = int64_t{32000} * 365 * 86400;  // whose microseconds fit

CellKind AppendTimestamp(int64_t value, arrow::TimeUnit::type unit, std::string& out) {
  static constexpr int64_t kPerSecond[] = {1, 1'000, 1'000'000, 1'000'000'000};
  const int64_t per_second = kPerSecond[unit];
  if (const int64_t seconds = FloorDiv(value, per_second);
      seconds > kMostSeconds || seconds < -kMostSeconds) {
    return CellKind::null;
  }
  const int64_t micros = per_second <= 1'000'000 ? value * (1'000'000 / per_second) : FloorDiv(value, 1'000);
  if (!HasText(FromMicros(micros))) return CellKind::null;
  out += FormatRfc3339(FromMicros(micros));
  return CellKind::text;
}

CellKind AppendDate(int64_t days, std::string& out) {
  if (days > kMostSeconds / 86400 || days < -kMostSeconds / 86400) return CellKind::null;
  const Timestamp midnight = std::chrono::sys_days(std::chrono::days(days));
  if (!HasText(midnight)) return CellKind::null;
  out += FormatRfc3339(midnight);
  out.resize(out.size() - std::string_view("T00:00:00Z").size());
  return CellKind::text;
}

CellKind AppendTimeOfDay(int64_t value, int64_t per_second, std::string& out) {
  const int64_t micros = per_second <= 1'000'000 ? value * (1'000'000 / per_second) : value / 1'000;
  const std::string text = FormatRfc3339(FromMicros(micros));  // of 1970-01-01
  out += text.substr(11, text.size() - 12);
  return CellKind::text;
}

CellKind AppendText(std::string_view text, bool is_json, std::string& out) {
  const size_t before = out.size();
  out += text;
  if (!is_json) return CellKind::text;
  for (size_t i = before; i < out.size(); ++i) {
    if (out[i] == '\n' || out[i] == '\r') out[i] = ' ';
  }
  return CellKind::json;
}

CellKind AppendBinary(std::string_view bytes, std::string& out) {
  out += arrow::util::base64_encode(bytes);
  return CellKind::text;
}

void AppendList(const arrow::Array& values, int64_t first, int64_t count, std::string& out) {
  out += '[';
  for (int64_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    AppendJsonCell(values, first + i, false, out);
  }
  out += ']';
}

void AppendStruct(const arrow::StructArray& array, int64_t row, std::string& out) {
  out += '{';
  for (int i = 0; i < array.num_fields(); ++i) {
    if (i > 0) out += ',';
    AppendJsonText(array.type()->field(i)->name(), &out);
    out += ':';
    AppendJsonCell(*array.field(i), row, false, out);
  }
  out += '}';
}

void AppendMap(const arrow::MapArray& array, int64_t row, std::string& out) {
  const bool object = array.keys()->type_id() == Type::STRING;
  out += object ? '{' : '[';
  for (int64_t i = array.value_offset(row); i < array.value_offset(row + 1); ++i) {
    if (i > array.value_offset(row)) out += ',';
    if (!object) out += '[';
    AppendJsonCell(*array.keys(), i, false, out);
    out += object ? ':' : ',';
    AppendJsonCell(*array.items(), i, false, out);
    if (!object) out += ']';
  }
  out += object ? '}' : ']';
}

CellKind AppendUuid(std::string_view bytes, std::string& out) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return CellKind::text;
}

CellKind AppendExtension(const arrow::ExtensionArray& array, int64_t row, bool is_json, std::string& out) {
  const std::string name = As<arrow::ExtensionArray>(array).extension_type()->extension_name();
  const arrow::Array& storage = *array.storage();
  if (name == "arrow.uuid") return AppendUuid(As<arrow::FixedSizeBinaryArray>(storage).GetView(row), out);
  if (name == "arrow.bool8") {
    out += As<arrow::Int8Array>(storage).Value(row) != 0 ? "true" : "false";
    return CellKind::bare;
  }
  return AppendCell(storage, row, is_json || name == "arrow.json", out);
}

CellKind AppendNumber(const arrow::Array& array, int64_t row, std::string& out) {
  switch (array.type_id()) {
    case Type::INT8:
      return AppendInteger<arrow::Int8Array>(array, row, out);
    case Type::INT16:
      return AppendInteger<arrow::Int16Array>(array, row, out);
    case Type::INT32:
      return AppendInteger<arrow::Int32Array>(array, row, out);
    case Type::INT64:
      return AppendInteger<arrow::Int64Array>(array, row, out);
    case Type::UINT8:
      return AppendInteger<arrow::UInt8Array>(array, row, out);
    case Type::UINT16:
      return AppendInteger<arrow::UInt16Array>(array, row, out);
    case Type::UINT32:
      return AppendInteger<arrow::UInt32Array>(array, row, out);
    case Type::UINT64:
      return AppendInteger<arrow::UInt64Array>(array, row, out);
    case Type::HALF_FLOAT:
      return AppendFloat(HalfToDouble(As<arrow::HalfFloatArray>(array).Value(row)), out);
    case Type::FLOAT:
      return AppendFloat(As<arrow::FloatArray>(array).Value(row), out);
    case Type::DOUBLE:
      return AppendFloat(As<arrow::DoubleArray>(array).Value(row), out);
    case Type::DECIMAL32:
      out += As<arrow::Decimal32Array>(array).FormatValue(row);
      return CellKind::bare;
    case Type::DECIMAL64:
      out += As<arrow::Decimal64Array>(array).FormatValue(row);
      return CellKind::bare;
    case Type::DECIMAL128:
      out += As<arrow::Decimal128Array>(array).FormatValue(row);
      return CellKind::bare;
    default:
      out += As<arrow::Decimal256Array>(array).FormatValue(row);
      return CellKind::bare;
  }
}

CellKind AppendOther(const arrow::Array& array, int64_t row, bool is_json, std::string& out) {
  switch (array.type_id()) {
    case Type::DATE32:
      return AppendDate(As<arrow::Date32Array>(array).Value(row), out);
    case Type::DATE64:
      return AppendDate(FloorDiv(As<arrow::Date64Array>(array).Value(row), 86'400'000), out);
    case Type::TIME32: {
      const auto unit = As<arrow::Time32Type>(*array.type()).unit();
      return AppendTimeOfDay(As<arrow::Time32Array>(array).Value(row),
                             unit == arrow::TimeUnit::SECOND ? 1 : 1'000, out);
    }
    case Type::TIME64: {
      const bool micro = As<arrow::Time64Type>(*array.type()).unit() == arrow::TimeUnit::MICRO;
      return AppendTimeOfDay(As<arrow::Time64Array>(array).Value(row), micro ? 1'000'000 : 1'000'000'000,
                             out);
    }
    case Type::BINARY:
      return AppendBinary(As<arrow::BinaryArray>(array).GetView(row), out);
    case Type::LARGE_BINARY:
      return AppendBinary(As<arrow::LargeBinaryArray>(array).GetView(row), out);
    case Type::BINARY_VIEW:
      return AppendBinary(As<arrow::BinaryViewArray>(array).GetView(row), out);
    case Type::FIXED_SIZE_BINARY:
      return AppendBinary(As<arrow::FixedSizeBinaryArray>(array).GetView(row), out);
    case Type::EXTENSION:
      return AppendExtension(As<arrow::ExtensionArray>(array), row, is_json, out);
    case Type::DICTIONARY: {
      const auto& coded = As<arrow::DictionaryArray>(array);
      return AppendCell(*coded.dictionary(), coded.GetValueIndex(row), is_json, out);
    }
    default:
      break;
  }
  const auto scalar = array.GetScalar(row);
  return AppendText(scalar.ok() ? (*scalar)->ToString() : "", false, out);
}

CellKind AppendNested(const arrow::Array& array, int64_t row, std::string& out) {
  switch (array.type_id()) {
    case Type::STRUCT:
      AppendStruct(As<arrow::StructArray>(array), row, out);
      break;
    case Type::MAP:
      AppendMap(As<arrow::MapArray>(array), row, out);
      break;
    case Type::LARGE_LIST: {
      const auto& list = As<arrow::LargeListArray>(array);
      AppendList(*list.values(), list.value_offset(row), list.value_length(row), out);
      break;
    }
    case Type::FIXED_SIZE_LIST: {
      const auto& list = As<arrow::FixedSizeListArray>(array);
      AppendList(*list.values(), list.value_offset(row), list.value_length(row), out);
      break;
    }
    default: {
      const auto& list = As<arrow::ListArray>(array);
      AppendList(*list.values(), list.value_offset(row), list.value_length(row), out);
    }
  }
  return CellKind::json;
}

bool IsJsonField(const arrow::Field& field) {
  if (field.metadata() == nullptr) return false;
  const auto name = field.metadata()->Get("ARROW:extension:name");
  return name.ok() && *name == "arrow.json";
}

}  // namespace

void AppendJsonNumber(double value, std::string& out) {
  if (AppendFloat(value, out) == CellKind::null) out += "null";
}

CellKind AppendCell(const arrow::Array& array, int64_t row, bool is_json, std::string& out) {
  if (array.IsNull(row)) return CellKind::null;
  switch (array.type_id()) {
    case Type::NA:
      return CellKind::null;
    case Type::BOOL:
      out += As<arrow::BooleanArray>(array).Value(row) ? "true" : "false";
      return CellKind::bare;
    case Type::STRING:
      return AppendText(As<arrow::StringArray>(array).GetView(row), is_json, out);
    case Type::LARGE_STRING:
      return AppendText(As<arrow::LargeStringArray>(array).GetView(row), is_json, out);
    case Type::STRING_VIEW:
      return AppendText(As<arrow::StringViewArray>(array).GetView(row), is_json, out);
    case Type::TIMESTAMP:
      return AppendTimestamp(As<arrow::TimestampArray>(array).Value(row),
                             As<arrow::TimestampType>(*array.type()).unit(), out);
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST:
    case Type::STRUCT:
    case Type::MAP:
      return AppendNested(array, row, out);
    default:
      break;
  }
  const bool number = arrow::is_integer(array.type_id()) || arrow::is_floating(array.type_id()) ||
                      arrow::is_decimal(array.type_id());
  return number ? AppendNumber(array, row, out) : AppendOther(array, row, is_json, out);
}

void AppendJsonCell(const arrow::Array& array, int64_t row, bool is_json, std::string& out) {
  if (array.type_id() == Type::STRING && !is_json && array.IsValid(row)) {
    return AppendJsonText(As<arrow::StringArray>(array).GetView(row), &out);
  }
  const size_t before = out.size();
  const CellKind kind = AppendCell(array, row, is_json, out);
  if (kind == CellKind::null) out += "null";
  if (kind != CellKind::text) return;
  const std::string text = out.substr(before);
  out.resize(before);
  AppendJsonText(text, &out);
}

std::set<std::string> JsonColumns(const StreamSpec& stream) {
  std::set<std::string> names;
  for (const Field& field : stream.fields) {
    if (field.type == FieldType::json) names.insert(field.name);
  }
  if (stream.unknown == UnknownFields::keep) names.emplace(kExtra);
  return names;
}

JsonRowWriter::JsonRowWriter(const arrow::Schema& schema, const std::set<std::string>& json_columns) {
  for (const auto& field : schema.fields()) {
    std::string prefix(1, prefixes_.empty() ? '{' : ',');
    AppendJsonText(field->name(), &prefix);
    prefixes_.push_back(prefix + ':');
    is_json_.push_back(json_columns.contains(field->name()) || IsJsonField(*field));
  }
}

void JsonRowWriter::AppendObject(const arrow::RecordBatch& batch, int64_t row, std::string& out) const {
  for (size_t i = 0; i < prefixes_.size(); ++i) {
    out += prefixes_[i];
    AppendJsonCell(*batch.column(static_cast<int>(i)), row, is_json_[i], out);
  }
  out += prefixes_.empty() ? "{}" : "}";
}

void JsonRowWriter::AppendArray(const arrow::RecordBatch& batch, int64_t row, std::string& out) const {
  out += '[';
  for (size_t i = 0; i < prefixes_.size(); ++i) {
    if (i > 0) out += ',';
    AppendJsonCell(*batch.column(static_cast<int>(i)), row, is_json_[i], out);
  }
  out += ']';
}

}  // namespace sluice
