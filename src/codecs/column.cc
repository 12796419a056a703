#include "codecs/column.h"

#include <algorithm>

#include <arrow/api.h>

namespace sluice {
namespace {

constexpr size_t kFirstCapacity = 64;

bool IsText(FieldType type) { return type == FieldType::text || type == FieldType::json; }

template <class T>
std::shared_ptr<arrow::Buffer> Bitmap(const std::vector<T>& values, size_t rows) {
  std::vector<uint8_t> bits((rows + 7) / 8, 0);
  for (size_t i = 0; i < rows; ++i) bits[i / 8] |= static_cast<uint8_t>((values[i] != 0 ? 1 : 0) << (i % 8));
  return arrow::Buffer::FromVector(std::move(bits));
}

}  // namespace

Column::Column(FieldType type) : type_(type), is_text_(IsText(type)) { Reset(kFirstCapacity); }

void Column::Reset(size_t capacity) {
  row_ = 0;
  nulls_ = 0;
  touched_ = false;
  valid_.assign(capacity, 0);
  if (is_text_) {
    ends_.assign(capacity + 1, 0);
    text_.clear();
  } else {
    words_.assign(capacity, 0);
  }
}

void Column::Grow() {
  const size_t capacity = valid_.size() * 2;
  valid_.resize(capacity, 0);
  if (is_text_) {
    ends_.resize(capacity + 1, 0);
  } else {
    words_.resize(capacity, 0);
  }
}

std::shared_ptr<arrow::Array> Column::Finish() {
  Drop();
  const size_t rows = row_;
  const size_t bytes = text_.size();
  std::shared_ptr<arrow::Buffer> validity = nulls_ > 0 ? Bitmap(valid_, rows) : nullptr;
  arrow::BufferVector buffers;
  if (is_text_) {
    ends_.resize(rows + 1);
    buffers = {validity, arrow::Buffer::FromVector(std::move(ends_)),
               arrow::Buffer::FromString(std::move(text_))};
    text_ = std::string();
    text_.reserve(bytes);
  } else if (type_ == FieldType::boolean) {
    buffers = {validity, Bitmap(words_, rows)};
  } else {
    words_.resize(rows);
    buffers = {validity, arrow::Buffer::FromVector(std::move(words_))};
  }
  auto data =
      arrow::ArrayData::Make(ArrowType(type_), static_cast<int64_t>(rows), std::move(buffers), nulls_);
  // The next batch is likely as long as this one.
  Reset(std::clamp(rows + 1, kFirstCapacity, size_t{1} << 16));
  return arrow::MakeArray(std::move(data));
}

}  // namespace sluice
