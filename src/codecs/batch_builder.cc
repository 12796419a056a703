#include "codecs/batch_builder.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "codecs/column.h"
#include "codecs/text.h"
#include "core/utf8.h"

namespace sluice {
namespace {

constexpr uint64_t kHighBits = 0x8080808080808080;
constexpr uint64_t kLowBits = 0x0101010101010101;

// Whether every byte is ASCII and none is NUL: short texts nearly always are.
bool IsPlainAscii(std::string_view text) {
  const char* p = text.data();
  size_t n = text.size();
  uint64_t found = 0;
  for (; n >= 8; p += 8, n -= 8) {
    uint64_t word;
    std::memcpy(&word, p, sizeof word);
    found |= word | (word - kLowBits);  // a zero byte borrows and shows its high bit; so does one above 0x80
  }
  for (; n > 0; ++p, --n) found |= static_cast<unsigned char>(*p == 0 ? 0x80 : *p);
  return (found & kHighBits) == 0;
}

}  // namespace

struct BatchBuilder::Columns {
  Columns(const StreamSpec& stream, int64_t entries, int64_t bytes)
      : spec(stream), schema(stream.RowSchema()), max_entries(entries), max_bytes(bytes) {
    for (const Field& field : spec.fields) columns.emplace_back(field.type);
    for (size_t i = 0; i < spec.fields.size(); ++i) {
      const auto index = static_cast<int>(i);
      if (spec.fields[i].required || spec.key == index || spec.time == index) required.push_back(i);
    }
    if (spec.unknown == UnknownFields::keep) columns.emplace_back(FieldType::json);
    row_bytes = static_cast<int64_t>(columns.size()) * 9;
  }

  const char* Say(int field, std::string_view what) {
    reason = fmt::format("field '{}': {}", spec.fields[static_cast<size_t>(field)].name, what);
    return reason.c_str();
  }
  const char* Repeated(int field) { return Say(field, "is repeated"); }
  const char* Wants(int field, std::string_view value) {
    const FieldType type = columns[static_cast<size_t>(field)].type();
    if (type == FieldType::timestamp) return Say(field, fmt::format("{} is not a time", value));
    return Say(field, fmt::format("{} is not a {}", value, FieldTypeName(type)));
  }

  const StreamSpec spec;
  const std::shared_ptr<arrow::Schema> schema;
  const int64_t max_entries;
  const int64_t max_bytes;
  int64_t row_bytes = 0;
  std::vector<Column> columns;   // the declared fields, then `extra`
  std::vector<size_t> required;  // indexes of fields
  int64_t rows = 0;
  int64_t dead_bytes = 0;
  int64_t text_bytes = 0;  // of the rows
  std::vector<DeadEntry> dead;
  std::string reason;
};

BatchBuilder::BatchBuilder(const StreamSpec& stream, int64_t max_entries, int64_t max_bytes)
    : columns_(std::make_unique<Columns>(stream, max_entries, max_bytes)) {}
BatchBuilder::~BatchBuilder() = default;

const char* BatchBuilder::SetNull(int field) {
  Column& column = columns_->columns[static_cast<size_t>(field)];
  if (column.touched()) return columns_->Repeated(field);
  column.SetNull();
  return nullptr;
}

const char* BatchBuilder::SetBool(int field, bool value) {
  Column& column = columns_->columns[static_cast<size_t>(field)];
  if (column.touched()) return columns_->Repeated(field);
  if (column.type() == FieldType::json) {
    column.SetText(value ? "true" : "false");
  } else if (column.type() == FieldType::boolean) {
    column.SetWord(value ? 1 : 0);
  } else {
    return columns_->Wants(field, value ? "true" : "false");
  }
  return nullptr;
}

const char* BatchBuilder::SetInt(int field, int64_t value) {
  Column& column = columns_->columns[static_cast<size_t>(field)];
  if (column.touched()) return columns_->Repeated(field);
  switch (column.type()) {
    case FieldType::integer:
      column.SetWord(value);
      return nullptr;
    case FieldType::number:
      column.SetDouble(static_cast<double>(value));
      return nullptr;
    case FieldType::json:
      column.SetText(fmt::format("{}", value));
      return nullptr;
    case FieldType::timestamp:
      return columns_->Say(field, fmt::format("{} is a number without a unit", value));
    default:
      return columns_->Wants(field, fmt::format("{}", value));
  }
}

const char* BatchBuilder::SetDouble(int field, double value) {
  Column& column = columns_->columns[static_cast<size_t>(field)];
  if (column.touched()) return columns_->Repeated(field);
  if (column.type() == FieldType::number) {
    if (std::isfinite(value)) {
      column.SetDouble(value);
    } else if (columns_->spec.non_finite == NonFinite::reject) {
      return columns_->Say(field, fmt::format("{} is not finite", value));
    } else {
      column.SetNull();
    }
    return nullptr;
  }
  if (!std::isfinite(value)) return columns_->Wants(field, fmt::format("{}", value));
  switch (column.type()) {
    case FieldType::integer:
      if (value != std::floor(value))
        return columns_->Say(field, fmt::format("{} is not a whole number", value));
      if (value < -0x1p63 || value >= 0x1p63)
        return columns_->Say(field, fmt::format("{} is beyond 64 bits", value));
      column.SetWord(static_cast<int64_t>(value));
      return nullptr;
    case FieldType::json:
      column.SetText(fmt::format("{}", value));
      return nullptr;
    case FieldType::timestamp:
      return columns_->Say(field, fmt::format("{} is a number without a unit", value));
    default:
      return columns_->Wants(field, fmt::format("{}", value));
  }
}

const char* BatchBuilder::SetText(int field, std::string_view value) {
  Column& column = columns_->columns[static_cast<size_t>(field)];
  if (column.touched()) return columns_->Repeated(field);
  if (column.type() != FieldType::text && column.type() != FieldType::json) {
    return columns_->Wants(field, fmt::format("'{}'", Excerpt(value)));
  }
  if (!IsPlainAscii(value)) {
    if (value.find('\0') != std::string_view::npos)
      return columns_->Say(field, "the text holds a NUL character");
    if (!IsUtf8(value)) return columns_->Say(field, "the text is not UTF-8");
  }
  if (value.size() + column.text_bytes() > std::numeric_limits<int32_t>::max()) {
    return columns_->Say(field, "the text is too long");
  }
  column.SetText(value);
  return nullptr;
}

const char* BatchBuilder::SetTime(int field, Timestamp value) {
  Column& column = columns_->columns[static_cast<size_t>(field)];
  if (column.touched()) return columns_->Repeated(field);
  if (column.type() != FieldType::timestamp) return columns_->Wants(field, FormatRfc3339(value));
  if (value < kMinTime || value > kMaxTime)
    return columns_->Say(field, "the time lies outside the years 1 to 9999");
  column.SetWord(ToMicros(value));
  return nullptr;
}

void BatchBuilder::SetExtra(std::string_view json) {
  if (columns_->spec.unknown == UnknownFields::keep) columns_->columns.back().SetText(json);
}

const char* BatchBuilder::EndReading() {
  for (const size_t field : columns_->required) {
    if (!columns_->columns[field].has_value()) {
      columns_->reason = fmt::format("missing required field '{}'", columns_->spec.fields[field].name);
      return columns_->reason.c_str();
    }
  }
  size_t text = 0;
  for (Column& column : columns_->columns) {
    column.Commit();
    text += column.text_bytes();
  }
  ++columns_->rows;
  columns_->text_bytes = static_cast<int64_t>(text);
  return nullptr;
}

void BatchBuilder::Abandon(std::string reason, std::string source, std::string_view bytes) {
  Abandon(MakeDeadEntry(0, std::move(reason), std::move(source), bytes));
}

void BatchBuilder::Drop() {
  for (Column& column : columns_->columns) column.Drop();
}

void BatchBuilder::Abandon(DeadEntry dead) {
  Drop();
  dead.at = Count();
  columns_->dead_bytes += static_cast<int64_t>(sizeof dead + dead.bytes.size() + dead.reason.size());
  columns_->dead.push_back(std::move(dead));
}

int64_t BatchBuilder::Count() const { return columns_->rows + static_cast<int64_t>(columns_->dead.size()); }

bool BatchBuilder::Full() const {
  if (Count() >= columns_->max_entries) return true;
  return columns_->dead_bytes + columns_->text_bytes + columns_->rows * columns_->row_bytes >=
         columns_->max_bytes;
}

Batch BatchBuilder::Finish() {
  arrow::ArrayVector arrays;
  for (Column& column : columns_->columns) arrays.push_back(column.Finish());
  Batch batch{.rows = arrow::RecordBatch::Make(columns_->schema, columns_->rows, std::move(arrays)),
              .dead = std::move(columns_->dead)};
  columns_->rows = 0;
  columns_->dead_bytes = 0;
  columns_->text_bytes = 0;
  columns_->dead.clear();
  return batch;
}

}  // namespace sluice
