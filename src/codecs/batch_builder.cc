#include "codecs/batch_builder.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "codecs/eight_bytes.h"
#include "codecs/text.h"
#include "core/utf8.h"

namespace sluice {
namespace {

// Whether every byte is ASCII and none is NUL: short texts nearly always are.
bool IsPlainAscii(std::string_view text) {
  const char* p = text.data();
  size_t n = text.size();
  uint64_t found = 0;
  for (; n >= 8; p += 8, n -= 8) {
    const uint64_t word = EightBytes(p);
    found |= word | (word - kLowBits);  // a zero byte borrows and shows its high bit; so does one above 0x80
  }
  for (; n > 0; ++p, --n) found |= static_cast<unsigned char>(*p == 0 ? 0x80 : *p);
  return (found & kHighBits) == 0;
}

}  // namespace

BatchBuilder::BatchBuilder(const StreamSpec& stream, int64_t max_entries, int64_t max_bytes)
    : spec_(stream), schema_(stream.RowSchema()), max_entries_(max_entries), max_bytes_(max_bytes) {
  for (const Field& field : spec_.fields) columns_.emplace_back(field.type);
  for (size_t i = 0; i < spec_.fields.size(); ++i) {
    const auto index = static_cast<int>(i);
    if (spec_.fields[i].required || spec_.key == index || spec_.time == index) required_.push_back(i);
  }
  if (spec_.unknown == UnknownFields::keep) columns_.emplace_back(FieldType::json);
  row_bytes_ = static_cast<int64_t>(columns_.size()) * 9;
}

const char* BatchBuilder::Say(int field, std::string_view what) {
  reason_ = fmt::format("field '{}': {}", spec_.fields[static_cast<size_t>(field)].name, what);
  return reason_.c_str();
}

const char* BatchBuilder::Wants(int field, std::string_view value) {
  const FieldType type = At(field).type();
  if (type == FieldType::timestamp) return Say(field, fmt::format("{} is not a time", value));
  return Say(field, fmt::format("{} is not a {}", value, FieldTypeName(type)));
}

const char* BatchBuilder::SetNull(int field) {
  Column& column = At(field);
  if (column.touched()) return Repeated(field);
  column.SetNull();
  return nullptr;
}

const char* BatchBuilder::SetBool(int field, bool value) {
  Column& column = At(field);
  if (column.touched()) return Repeated(field);
  if (column.type() == FieldType::json) {
    column.SetText(value ? "true" : "false");
  } else if (column.type() == FieldType::boolean) {
    column.SetWord(value ? 1 : 0);
  } else {
    return Wants(field, value ? "true" : "false");
  }
  return nullptr;
}

const char* BatchBuilder::SetInt(int field, int64_t value) {
  Column& column = At(field);
  if (column.touched()) return Repeated(field);
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
      return Say(field, fmt::format("{} is a number without a unit", value));
    default:
      return Wants(field, fmt::format("{}", value));
  }
}

const char* BatchBuilder::SetUnusual(int field, double value) {
  Column& column = At(field);
  if (column.touched()) return Repeated(field);
  if (column.type() == FieldType::number) {
    if (std::isfinite(value)) {
      column.SetDouble(value);
    } else if (spec_.non_finite == NonFinite::reject) {
      return Say(field, fmt::format("{} is not finite", value));
    } else {
      column.SetNull();
    }
    return nullptr;
  }
  if (!std::isfinite(value)) return Wants(field, fmt::format("{}", value));
  switch (column.type()) {
    case FieldType::integer:
      if (value != std::floor(value)) return Say(field, fmt::format("{} is not a whole number", value));
      if (value < -0x1p63 || value >= 0x1p63) return Say(field, fmt::format("{} is beyond 64 bits", value));
      column.SetWord(static_cast<int64_t>(value));
      return nullptr;
    case FieldType::json:
      column.SetText(fmt::format("{}", value));
      return nullptr;
    case FieldType::timestamp:
      return Say(field, fmt::format("{} is a number without a unit", value));
    default:
      return Wants(field, fmt::format("{}", value));
  }
}

const char* BatchBuilder::SetText(int field, std::string_view value) {
  Column& column = At(field);
  if (column.touched()) return Repeated(field);
  if (column.type() != FieldType::text && column.type() != FieldType::json) {
    return Wants(field, fmt::format("'{}'", Excerpt(value)));
  }
  if (!IsPlainAscii(value)) {
    if (value.find('\0') != std::string_view::npos) return Say(field, "the text holds a NUL character");
    if (!IsUtf8(value)) return Say(field, "the text is not UTF-8");
  }
  if (value.size() + column.text_bytes() > std::numeric_limits<int32_t>::max()) {
    return Say(field, "the text is too long");
  }
  column.SetText(value);
  return nullptr;
}

const char* BatchBuilder::SetTime(int field, Timestamp value) {
  Column& column = At(field);
  if (column.touched()) return Repeated(field);
  if (column.type() != FieldType::timestamp) return Wants(field, FormatRfc3339(value));
  if (value < kMinTime || value > kMaxTime) return Say(field, "the time lies outside the years 1 to 9999");
  column.SetWord(ToMicros(value));
  return nullptr;
}

void BatchBuilder::SetExtra(std::string_view json) {
  if (spec_.unknown == UnknownFields::keep) columns_.back().SetText(json);
}

const char* BatchBuilder::EndReading() {
  for (const size_t field : required_) {
    if (!columns_[field].has_value()) {
      reason_ = fmt::format("missing required field '{}'", spec_.fields[field].name);
      return reason_.c_str();
    }
  }
  size_t text = 0;
  for (Column& column : columns_) {
    column.Commit();
    text += column.text_bytes();
  }
  ++rows_;
  text_bytes_ = static_cast<int64_t>(text);
  return nullptr;
}

void BatchBuilder::Abandon(std::string reason, std::string source, std::string_view bytes) {
  Abandon(MakeDeadEntry(0, std::move(reason), std::move(source), bytes));
}

void BatchBuilder::Drop() {
  for (Column& column : columns_) column.Drop();
}

void BatchBuilder::Abandon(DeadEntry dead) {
  Drop();
  dead.at = Count();
  dead_bytes_ += static_cast<int64_t>(sizeof dead + dead.bytes.size() + dead.reason.size());
  dead_.push_back(std::move(dead));
}

int64_t BatchBuilder::Count() const { return rows_ + static_cast<int64_t>(dead_.size()); }

bool BatchBuilder::Full() const {
  if (Count() >= max_entries_) return true;
  return dead_bytes_ + text_bytes_ + rows_ * row_bytes_ >= max_bytes_;
}

Batch BatchBuilder::Finish() {
  arrow::ArrayVector arrays;
  for (Column& column : columns_) arrays.push_back(column.Finish());
  Batch batch{.rows = arrow::RecordBatch::Make(schema_, rows_, std::move(arrays)), .dead = std::move(dead_)};
  rows_ = 0;
  dead_bytes_ = 0;
  text_bytes_ = 0;
  dead_.clear();
  return batch;
}

}  // namespace sluice
