#include "sinks/store/postgres/table_reader.h"

#include <charconv>

#include <arrow/api.h>
#include <arrow/util/decimal.h>
#include <arrow/util/key_value_metadata.h>

#include "core/schema.h"

namespace sluice::pg {
namespace {

// Of pg_type: fixed since ever.
enum : Oid {
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kOid = 26,
  kJson = 114,
  kFloat4 = 700,
  kFloat8 = 701,
  kDate = 1082,
  kTimestamp = 1114,
  kTimestampTz = 1184,
  kNumeric = 1700,
  kJsonb = 3802,
};

// `Builder::Append` of what `Parse` makes of the text, null where it makes nothing.
template <class Builder, class Parse>
class Reader : public ColumnReader {
 public:
  Reader(Parse parse, std::shared_ptr<arrow::DataType> type)
      : parse_(parse), builder_(std::move(type), arrow::default_memory_pool()) {}
  void AddNull() override { (void)builder_.AppendNull(); }
  void Add(std::string_view text) override {
    if (const auto value = parse_(text)) {
      (void)builder_.Append(*value);
    } else {
      (void)builder_.AppendNull();
    }
  }
  std::shared_ptr<arrow::Array> Finish() override { return builder_.Finish().ValueOrDie(); }

 private:
  Parse parse_;
  Builder builder_;
};

template <class Builder, class Parse>
std::unique_ptr<ColumnReader> MakeReader(Parse parse, std::shared_ptr<arrow::DataType> type) {
  return std::make_unique<Reader<Builder, Parse>>(parse, std::move(type));
}

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc()) return value;
  return std::nullopt;
}

std::optional<double> ParseDouble(std::string_view text) {
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return ParseNumber<double>(text);
}

std::optional<std::string> ParseBytes(std::string_view hex) {
  if (!hex.starts_with("\\x")) return std::nullopt;
  std::string bytes;
  for (size_t at = 2; at + 1 < hex.size(); at += 2) {
    int byte = 0;
    std::from_chars(hex.data() + at, hex.data() + at + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

// Days since 1970-01-01 of a date in the Gregorian calendar without end (Howard Hinnant's days_from_civil).
int64_t DaysOf(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

// Takes digits from the front, and one character behind them if there is one.
int64_t TakeNumber(std::string_view& text) {
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<size_t>(parsed.ptr - text.data()));
  return value;
}
int64_t TakeBehind(std::string_view& text, char mark) {
  if (text.empty() || text.front() != mark) return 0;
  text.remove_prefix(1);
  return TakeNumber(text);
}

std::optional<int64_t> TakeDays(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  int64_t year = TakeNumber(text);
  if (text.ends_with(" BC")) {
    year = 1 - year;
    text.remove_suffix(3);
  }
  const int64_t month = TakeBehind(text, '-');
  return DaysOf(year, month, TakeBehind(text, '-'));
}

int64_t TakeFraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') return 0;
  const std::string_view all = text.substr(1);
  int64_t fraction = TakeBehind(text, '.');
  for (size_t digits = all.size() - text.size(); digits < 6; ++digits) fraction *= 10;
  return fraction;
}

std::optional<int32_t> ParseDate(std::string_view text) {
  const auto days = TakeDays(text);
  if (!days) return std::nullopt;
  return static_cast<int32_t>(*days);
}

// NUMERIC has no scale of its own: that of a column is the widest of its values.
class DecimalReader : public ColumnReader {
 public:
  void AddNull() override { values_.emplace_back(); }
  void Add(std::string_view text) override {
    const bool number = !text.empty() && text.find_first_not_of("-.0123456789") == std::string_view::npos;
    if (!number) return AddNull();
    const size_t point = std::min(text.find('.'), text.size());
    const size_t scale = text.size() - std::min(text.size(), point + 1);
    whole_ = std::max(whole_, static_cast<int32_t>(point - text.starts_with('-')));
    scale_ = std::max(scale_, static_cast<int32_t>(scale));
    values_.emplace_back(text);
  }
  std::shared_ptr<arrow::Array> Finish() override {
    if (whole_ + scale_ <= arrow::Decimal128Type::kMaxPrecision)
      return Build<arrow::Decimal128, arrow::Decimal128Builder>(arrow::decimal128(38, scale_));
    if (whole_ + scale_ <= arrow::Decimal256Type::kMaxPrecision)
      return Build<arrow::Decimal256, arrow::Decimal256Builder>(arrow::decimal256(76, scale_));
    arrow::StringBuilder builder;
    for (const auto& value : values_) (void)(value ? builder.Append(*value) : builder.AppendNull());
    return builder.Finish().ValueOrDie();
  }

 private:
  template <class Decimal, class Builder>
  std::shared_ptr<arrow::Array> Build(const std::shared_ptr<arrow::DataType>& type) {
    Builder builder(type);
    for (const auto& value : values_) {
      Decimal parsed;
      int32_t precision = 0;
      int32_t scale = 0;
      if (value && Decimal::FromString(*value, &parsed, &precision, &scale).ok()) {
        (void)builder.Append(scale < scale_ ? parsed.Rescale(scale, scale_).ValueOrDie() : parsed);
      } else {
        (void)builder.AppendNull();
      }
    }
    return builder.Finish().ValueOrDie();
  }

  std::vector<std::optional<std::string>> values_;
  int32_t whole_ = 0;
  int32_t scale_ = 0;
};

std::unique_ptr<ColumnReader> ReaderOf(Oid type) {
  const auto same = [](std::string_view text) { return std::optional(text); };
  switch (type) {
    case kBool:
      return MakeReader<arrow::BooleanBuilder>(
          [](std::string_view text) { return std::optional(text == "t"); }, arrow::boolean());
    case kInt2:
    case kInt4:
      return MakeReader<arrow::Int32Builder>(&ParseNumber<int32_t>, arrow::int32());
    case kInt8:
    case kOid:
      return MakeReader<arrow::Int64Builder>(&ParseNumber<int64_t>, arrow::int64());
    case kFloat4:
    case kFloat8:
      return MakeReader<arrow::DoubleBuilder>(&ParseDouble, arrow::float64());
    case kBytea:
      return MakeReader<arrow::BinaryBuilder>(&ParseBytes, arrow::binary());
    case kDate:
      return MakeReader<arrow::Date32Builder>(&ParseDate, arrow::date32());
    case kTimestamp:
      return MakeReader<arrow::TimestampBuilder>(&ParseMicros, arrow::timestamp(arrow::TimeUnit::MICRO));
    case kTimestampTz:
      return MakeReader<arrow::TimestampBuilder>(&ParseMicros, ArrowType(FieldType::timestamp));
    case kNumeric:
      return std::make_unique<DecimalReader>();
    default:
      return MakeReader<arrow::StringBuilder>(same, arrow::utf8());
  }
}

}  // namespace

std::optional<int64_t> ParseMicros(std::string_view text) {
  const auto days = TakeDays(text);
  if (!days) return std::nullopt;
  const int64_t hours = TakeBehind(text, ' ');
  const int64_t minutes = TakeBehind(text, ':');
  const int64_t seconds = TakeBehind(text, ':');
  const int64_t fraction = TakeFraction(text);
  return (((*days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1'000'000 + fraction;
}

Result<std::shared_ptr<arrow::RecordBatch>> AsBatch(const arrow::Table& table,
                                                    const std::shared_ptr<arrow::Schema>& schema) {
  const auto batch = table.CombineChunksToBatch();
  if (!batch.ok()) return Status::Retry(batch.status().ToString());
  for (int i = 0; i < schema->num_fields(); ++i) {
    if ((*batch)->column(i)->type()->Equals(schema->field(i)->type())) continue;
    return Status::Retry("column " + schema->field(i)->name() + " has another type than its stream declares");
  }
  return arrow::RecordBatch::Make(schema, (*batch)->num_rows(), (*batch)->columns());
}

TableReader::TableReader(const PGresult& columns) {
  for (int column = 0; column < PQnfields(&columns); ++column) {
    const Oid type = PQftype(&columns, column);
    columns_.push_back(ReaderOf(type));
    const bool json = type == kJson || type == kJsonb;
    const auto marks = json ? arrow::key_value_metadata({"ARROW:extension:name"}, {"arrow.json"}) : nullptr;
    fields_.push_back(arrow::field(PQfname(&columns, column), arrow::null(), true, marks));
  }
}

void TableReader::Add(const PGresult& rows, int row) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    const int column = static_cast<int>(i);
    if (PQgetisnull(&rows, row, column) == 1) {
      columns_[i]->AddNull();
      continue;
    }
    const auto length = static_cast<size_t>(PQgetlength(&rows, row, column));
    columns_[i]->Add({PQgetvalue(&rows, row, column), length});
    bytes_ += static_cast<int64_t>(length);
  }
  ++rows_;
}

std::shared_ptr<arrow::Table> TableReader::Finish() {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t i = 0; i < columns_.size(); ++i) {
    arrays.push_back(columns_[i]->Finish());
    fields_[i] = fields_[i]->WithType(arrays.back()->type());
  }
  return arrow::Table::Make(arrow::schema(fields_), arrays, rows_);
}

}  // namespace sluice::pg
