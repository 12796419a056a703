// BatchBuilder: columns under construction. A codec gives it the fields of one reading and then ends the
// reading, or abandons it with a reason, so that a bad reading leaves nothing behind but a dead entry. The
// type table of the pipeline file (which input a field takes) is applied here, once, for every codec. One
// thread at a time.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/api.h>

#include "codecs/column.h"
#include "core/batch.h"
#include "core/schema.h"

namespace sluice {

class BatchBuilder {
 public:
  // Full after about `max_entries` entries or `max_bytes` bytes.
  BatchBuilder(const StreamSpec& stream, int64_t max_entries = 65536, int64_t max_bytes = 4 << 20);

  // Setters of the reading under construction, by index of the field. Each returns nullptr, or the reason why
  // the value does not fit the field (valid until the next call); the codec then calls Abandon. Setting a
  // field twice is a reason ("repeated").
  const char* SetNull(int field);
  const char* SetBool(int field, bool value);
  const char* SetInt(int field, int64_t value);
  const char* SetDouble(int field, double value) {
    Column& column = At(field);
    const bool fits = column.type() == FieldType::number && !column.touched() && std::isfinite(value);
    if (!fits) return SetUnusual(field, value);
    column.SetDouble(value);
    return nullptr;
  }
  const char* SetText(int field,
                      std::string_view value);  // UTF-8 without NUL is checked here; text and json fields
  const char* SetTime(int field, Timestamp value);
  // The `extra` column of unknown = "keep": a JSON object.
  void SetExtra(std::string_view json);

  // Ends the reading: required fields are checked. Returns nullptr, or the reason; the codec then calls
  // Abandon.
  const char* EndReading();
  // Drops what was set of the reading under construction.
  void Drop();
  // Drops what was set and notes a dead entry for the bytes of the reading.
  void Abandon(std::string reason, std::string source, std::string_view bytes);
  void Abandon(DeadEntry dead);

  bool Full() const;
  bool Empty() const { return Count() == 0; }
  int64_t Count() const;  // entries so far

  // What was built, and an empty builder again.
  Batch Finish();

 private:
  Column& At(int field) { return columns_[static_cast<size_t>(field)]; }
  // A double for a field that wants something else, or not this one.
  const char* SetUnusual(int field, double value);
  const char* Say(int field, std::string_view what);
  const char* Repeated(int field) { return Say(field, "is repeated"); }
  const char* Wants(int field, std::string_view value);

  const StreamSpec spec_;
  const std::shared_ptr<arrow::Schema> schema_;
  const int64_t max_entries_;
  const int64_t max_bytes_;
  int64_t row_bytes_ = 0;
  std::vector<Column> columns_;   // the declared fields, then `extra`
  std::vector<size_t> required_;  // indexes of fields
  int64_t rows_ = 0;
  int64_t dead_bytes_ = 0;
  int64_t text_bytes_ = 0;  // of the rows
  std::vector<DeadEntry> dead_;
  std::string reason_;
};

}  // namespace sluice
