// Column: one column of a batch under construction, as the BatchBuilder sees it. A value is written behind
// the last committed row; Commit makes it the next row, Drop forgets it, so that a bad reading leaves nothing
// behind. Owned by the BatchBuilder; one thread at a time. Cannot fail: the builder bounds what it takes.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "core/schema.h"

namespace sluice {

class Column {
 public:
  explicit Column(FieldType type);

  FieldType type() const { return type_; }
  bool touched() const { return touched_; }  // set, also to null, in this reading
  bool has_value() const { return valid_[row_] != 0; }

  void SetNull() { touched_ = true; }
  // int64, timestamp (microseconds), bool (0, 1) and the bits of a double.
  void SetWord(int64_t value) {
    touched_ = true;
    valid_[row_] = 1;
    words_[row_] = value;
  }
  void SetDouble(double value) {
    int64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    SetWord(bits);
  }
  void SetText(std::string_view value) {
    touched_ = true;
    valid_[row_] = 1;
    text_.append(value);
  }

  void Commit() {
    touched_ = false;
    nulls_ += 1 - valid_[row_];
    if (is_text_) ends_[row_ + 1] = static_cast<int32_t>(text_.size());
    if (++row_ == valid_.size()) Grow();
  }
  void Drop() {
    touched_ = false;
    valid_[row_] = 0;
    if (is_text_) {
      text_.resize(static_cast<size_t>(ends_[row_]));
    } else {
      words_[row_] = 0;
    }
  }

  size_t text_bytes() const { return text_.size(); }
  // The committed rows as an array; the column is empty again.
  std::shared_ptr<arrow::Array> Finish();

 private:
  void Grow();
  void Reset(size_t capacity);

  const FieldType type_;
  const bool is_text_;
  bool touched_ = false;
  size_t row_ = 0;              // committed rows; place of the value under construction
  int64_t nulls_ = 0;           // among committed rows
  std::vector<uint8_t> valid_;  // one byte a row, never full
  std::vector<int64_t> words_;
  std::vector<int32_t> ends_;  // Arrow's offsets: one more than rows
  std::string text_;
};

}  // namespace sluice
