#include "core/schema.h"

#include <array>

#include <arrow/api.h>

namespace sluice {
namespace {

constexpr std::array<std::pair<FieldType, std::string_view>, 6> kTypeNames = {{
    {FieldType::boolean, "bool"},
    {FieldType::integer, "int"},
    {FieldType::number, "double"},
    {FieldType::text, "string"},
    {FieldType::timestamp, "timestamp"},
    {FieldType::json, "json"},
}};

}  // namespace

std::string_view FieldTypeName(FieldType type) { return kTypeNames[static_cast<size_t>(type)].second; }

std::optional<FieldType> FieldTypeFromName(std::string_view name) {
  for (const auto& [type, known] : kTypeNames) {
    if (known == name) return type;
  }
  return std::nullopt;
}

std::shared_ptr<arrow::DataType> ArrowType(FieldType type) {
  switch (type) {
    case FieldType::boolean:
      return arrow::boolean();
    case FieldType::integer:
      return arrow::int64();
    case FieldType::number:
      return arrow::float64();
    case FieldType::timestamp: {
      // One for all: Arrow prints two of them to compare them.
      static const auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
      return time;
    }
    case FieldType::text:
    case FieldType::json:
      return arrow::utf8();
  }
  return arrow::null();
}

int StreamSpec::FieldIndex(std::string_view field) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field) return static_cast<int>(i);
  }
  return -1;
}

std::shared_ptr<arrow::Schema> StreamSpec::RowSchema() const {
  arrow::FieldVector columns;
  for (const Field& field : fields) columns.push_back(arrow::field(field.name, ArrowType(field.type)));
  if (unknown == UnknownFields::keep) columns.push_back(arrow::field(std::string(kExtra), arrow::utf8()));
  return arrow::schema(columns);
}

std::shared_ptr<arrow::Schema> StreamSpec::TableSchema() const {
  arrow::FieldVector columns = RowSchema()->fields();
  columns.push_back(arrow::field(std::string(kIngestedAt), ArrowType(FieldType::timestamp)));
  columns.push_back(arrow::field(std::string(kPartition), arrow::int32()));
  columns.push_back(arrow::field(std::string(kPosition), arrow::int64()));
  return arrow::schema(columns);
}

}  // namespace sluice
