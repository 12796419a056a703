#include "sinks/store/postgres/binary_copy.h"

#include <bit>
#include <cstring>

#include <arrow/api.h>
#include <fmt/format.h>

namespace sluice::pg {
namespace {

constexpr int64_t kEpoch2000 = 946'684'800'000'000;  // microseconds since 1970

template <class Word>
char* PutWord(char* at, Word value) {
  if constexpr (sizeof(Word) == 2) value = static_cast<Word>(__builtin_bswap16(static_cast<uint16_t>(value)));
  if constexpr (sizeof(Word) == 4) value = static_cast<Word>(__builtin_bswap32(static_cast<uint32_t>(value)));
  if constexpr (sizeof(Word) == 8) value = static_cast<Word>(__builtin_bswap64(static_cast<uint64_t>(value)));
  std::memcpy(at, &value, sizeof(Word));
  return at + sizeof(Word);
}

// A column with its raw parts at hand: nothing virtual per cell.
struct Column {
  enum Kind { boolean, word32, word64, timestamp, text };
  Kind kind = text;
  const arrow::Array* array = nullptr;
  bool nulls = false;
  const void* values = nullptr;      // of the slice
  const int32_t* offsets = nullptr;  // of the slice
  const char* data = nullptr;
};

template <class Array>
const void* RawValues(const arrow::Array& array) {
  return static_cast<const Array&>(array).raw_values();
}

Result<Column> OpenColumn(const arrow::Array& array) {
  Column column{.array = &array, .nulls = array.null_count() > 0};
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      column.kind = Column::boolean;
      return column;
    case arrow::Type::INT32:
      column.kind = Column::word32;
      column.values = RawValues<arrow::Int32Array>(array);
      return column;
    case arrow::Type::INT64:
      column.kind = Column::word64;
      column.values = RawValues<arrow::Int64Array>(array);
      return column;
    case arrow::Type::DOUBLE:
      column.kind = Column::word64;
      column.values = RawValues<arrow::DoubleArray>(array);
      return column;
    case arrow::Type::TIMESTAMP:
      column.kind = Column::timestamp;
      column.values = RawValues<arrow::TimestampArray>(array);
      return column;
    case arrow::Type::STRING:
    case arrow::Type::BINARY: {
      const auto& texts = static_cast<const arrow::BinaryArray&>(array);
      column.offsets = texts.raw_value_offsets();
      column.data =
          texts.value_data() == nullptr ? "" : reinterpret_cast<const char*>(texts.value_data()->data());
      return column;
    }
    default:
      return Status::Fatal(fmt::format("no COPY of a {} column", array.type()->ToString()));
  }
}

// The most bytes that cells other than text take, with their length.
constexpr size_t kFixedCell = 12;

char* PutCell(const Column& column, int64_t row, char* at) {
  if (column.nulls && column.array->IsNull(row)) return PutWord<int32_t>(at, -1);
  switch (column.kind) {
    case Column::boolean:
      at = PutWord<int32_t>(at, 1);
      *at = static_cast<const arrow::BooleanArray&>(*column.array).Value(row) ? 1 : 0;
      return at + 1;
    case Column::word32:
      return PutWord(PutWord<int32_t>(at, 4), static_cast<const int32_t*>(column.values)[row]);
    case Column::word64: {
      int64_t word = 0;
      std::memcpy(&word, static_cast<const char*>(column.values) + 8 * row, 8);
      return PutWord(PutWord<int32_t>(at, 8), word);
    }
    case Column::timestamp:
      return PutWord(PutWord<int32_t>(at, 8), static_cast<const int64_t*>(column.values)[row] - kEpoch2000);
    case Column::text:
      break;
  }
  const int32_t length = column.offsets[row + 1] - column.offsets[row];
  at = PutWord(at, length);
  std::memcpy(at, column.data + column.offsets[row], static_cast<size_t>(length));
  return at + length;
}

// An upper bound of the bytes of these rows.
size_t Room(const std::vector<Column>& columns, int64_t from, int64_t count) {
  size_t room = static_cast<size_t>(count) * (2 + kFixedCell * columns.size());
  for (const Column& column : columns) {
    if (column.kind == Column::text) {
      room += static_cast<size_t>(column.offsets[from + count] - column.offsets[from]);
    }
  }
  return room;
}

}  // namespace

BinaryCopy::BinaryCopy() : bytes_("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19) {}

Status BinaryCopy::Add(const arrow::RecordBatch& rows, int64_t from, int64_t count) {
  std::vector<Column> columns;
  for (const auto& array : rows.columns()) {
    SLUICE_ASSIGN(auto column, OpenColumn(*array));
    columns.push_back(column);
  }
  const size_t before = bytes_.size();
  bytes_.resize(before + Room(columns, from, count));
  char* at = bytes_.data() + before;
  for (int64_t row = from; row < from + count; ++row) {
    at = PutWord(at, static_cast<int16_t>(columns.size()));
    for (const Column& column : columns) at = PutCell(column, row, at);
  }
  bytes_.resize(static_cast<size_t>(at - bytes_.data()));
  return {};
}

void BinaryCopy::AddTrailer() { bytes_ += "\377\377"; }

}  // namespace sluice::pg
