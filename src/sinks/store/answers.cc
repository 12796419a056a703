#include "sinks/store/answers.h"

namespace sluice {
namespace {

FieldStats::Extreme ReadExtreme(const Rows& rows, int64_t row, int column, const Field& field) {
  if (rows.IsNull(column, row)) return std::nullopt;
  if (field.type == FieldType::integer) return rows.Int(column, row);
  return *rows.Number(column, row);
}

}  // namespace

std::vector<Field> NumericFields(const StreamSpec& stream) {
  std::vector<Field> fields;
  for (const Field& field : stream.fields) {
    if (field.type == FieldType::integer || field.type == FieldType::number) fields.push_back(field);
  }
  return fields;
}

StreamStats ReadStats(const Rows& rows, int64_t row, int column, const std::vector<Field>& fields) {
  StreamStats stats{.readings = rows.Int(column++, row)};
  for (const Field& field : fields) {
    stats.fields[field.name] = {.count = rows.Int(column, row),
                                .min = ReadExtreme(rows, row, column + 1, field),
                                .max = ReadExtreme(rows, row, column + 2, field),
                                .avg = rows.Number(column + 3, row),
                                .stddev = rows.Number(column + 4, row)};
    column += 5;
  }
  return stats;
}

SeatState ReadSeatState(const Rows& rows, int64_t row, int column) {
  const auto number = [&](int behind) { return rows.Int(column + behind, row); };
  return {.start = number(0),
          .next = number(1),
          .epoch = static_cast<uint64_t>(number(2)),
          .log_id = rows.Text(column + 3, row),
          .terms = {number(5), number(6), number(7), number(8), number(9), number(10), number(11)},
          .state = rows.Text(column + 4, row)};
}

std::vector<StoreQueries::SeatRow> ReadSeats(const Rows& rows) {
  std::vector<StoreQueries::SeatRow> seats;
  for (int64_t row = 0; row < rows.size(); ++row) {
    const auto partition = static_cast<PartitionId>(rows.Int(2, row));
    seats.push_back({{rows.Text(0, row), rows.Text(1, row), partition}, ReadSeatState(rows, row, 3)});
  }
  return seats;
}

std::vector<StoredDeadLetter> ReadDeadLetters(const Rows& rows) {
  std::vector<StoredDeadLetter> letters;
  for (int64_t row = 0; row < rows.size(); ++row) {
    letters.push_back({.id = rows.Int(0, row),
                       .stream = rows.Text(1, row),
                       .job = rows.Text(2, row),
                       .partition = static_cast<PartitionId>(rows.Int(3, row)),
                       .entry = {.at = rows.Int(4, row),
                                 .reason = rows.Text(5, row),
                                 .source = rows.Text(6, row),
                                 .bytes = rows.Text(7, row),
                                 .length = rows.Int(8, row),
                                 .hash = rows.Text(9, row),
                                 .arrival = FromMicros(rows.Int(10, row))}});
  }
  return letters;
}

}  // namespace sluice
