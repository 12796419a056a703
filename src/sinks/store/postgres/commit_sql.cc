#include "sinks/store/postgres/commit_sql.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "core/utf8.h"
#include "sinks/store/postgres/array_text.h"
#include "sinks/store/postgres/schema.h"
#include "sinks/store/sql_text.h"

namespace sluice::pg {
namespace {

std::string Hex(std::string_view bytes) {
  std::string text = "'\\x";
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text + "'::bytea";
}

// Messages may quote what came in.
std::string Printable(std::string text) {
  for (char& c : text) {
    if (c == '\0') c = '?';
  }
  if (IsUtf8(text)) return text;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return text;
}

template <class Builder>
std::shared_ptr<arrow::Array> Finish(Builder& builder) {
  return builder.Finish().ValueOrDie();
}

template <class Builder>
std::string ArrayOf(Builder& builder) {
  return ArrayText(arrow::ChunkedArray(Finish(builder)));
}

}  // namespace

std::string CopyRowsSql(const StreamSpec& stream) {
  std::string names, texts, types;
  for (const auto& [name, type] : ColumnsOf(stream)) {
    const char* comma = names.empty() ? "" : ", ";
    names += comma + QuoteName(name);
    texts += comma + QuoteText(name);
    types += comma + QuoteText(type);
  }
  return fmt::format(
      "SELECT sluice_expect({0}, ARRAY[{1}], ARRAY[{2}]); COPY {3} ({4}) FROM STDIN (FORMAT binary)",
      QuoteText(stream.name), texts, types, QuoteName(stream.name), names);
}

std::string CopyDeadLettersSql() {
  return "COPY sluice_dead_letter (job, stream, \"partition\", position, arrival, reason, source, bytes, "
         "length, hash) "
         "FROM STDIN (FORMAT binary)";
}

std::shared_ptr<arrow::RecordBatch> DeadLetterRows(std::span<const Span> spans) {
  arrow::StringBuilder jobs, streams, reasons, sources, hashes;
  arrow::Int32Builder partitions;
  arrow::Int64Builder positions, lengths;
  arrow::TimestampBuilder arrivals(ArrowType(FieldType::timestamp), arrow::default_memory_pool());
  arrow::BinaryBuilder bytes;
  for (const Span& span : spans) {
    for (const DeadEntry& entry : span.dead) {
      (void)jobs.Append(span.seat.job);
      (void)streams.Append(span.seat.stream);
      (void)partitions.Append(span.seat.partition);
      (void)positions.Append(entry.at);
      (void)arrivals.Append(ToMicros(entry.arrival));
      (void)reasons.Append(Printable(entry.reason));
      (void)sources.Append(Printable(entry.source));
      (void)bytes.Append(entry.bytes);
      (void)lengths.Append(entry.length);
      (void)hashes.Append(Printable(entry.hash));
    }
  }
  const int64_t count = jobs.length();
  const auto text = [](const char* name) { return arrow::field(name, arrow::utf8()); };
  const auto schema = arrow::schema({text("job"), text("stream"), arrow::field("partition", arrow::int32()),
                                     arrow::field("position", arrow::int64()),
                                     arrow::field("arrival", ArrowType(FieldType::timestamp)), text("reason"),
                                     text("source"), arrow::field("bytes", arrow::binary()),
                                     arrow::field("length", arrow::int64()), text("hash")});
  return arrow::RecordBatch::Make(
      schema, count,
      {Finish(jobs), Finish(streams), Finish(partitions), Finish(positions), Finish(arrivals),
       Finish(reasons), Finish(sources), Finish(bytes), Finish(lengths), Finish(hashes)});
}

std::string FenceSql(const Span& span) {
  const Terms& t = span.terms;
  return fmt::format("SELECT sluice_fence({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
                     QuoteText(span.seat.job), QuoteText(span.seat.stream), span.seat.partition, span.from,
                     span.epoch, span.next, Hex(span.state), QuoteText(span.log_id), t.stored, t.filtered,
                     t.duplicate, t.late, t.dead, t.gaps, t.lost);
}

std::string KeysSql(const StreamSpec& stream, const std::vector<KeyDelta>& deltas) {
  if (deltas.empty()) return "";
  arrow::StringBuilder keys;
  const auto time = ArrowType(FieldType::timestamp);
  arrow::TimestampBuilder firsts(time, arrow::default_memory_pool());
  arrow::TimestampBuilder lasts(time, arrow::default_memory_pool());
  arrow::TimestampBuilder latests(time, arrow::default_memory_pool());
  arrow::Int64Builder readings;
  for (const KeyDelta& delta : deltas) {
    (void)keys.Append(delta.key);
    (void)(delta.first ? firsts.Append(ToMicros(*delta.first)) : firsts.AppendNull());
    (void)(delta.last ? lasts.Append(ToMicros(*delta.last)) : lasts.AppendNull());
    (void)latests.Append(ToMicros(delta.latest));
    (void)readings.Append(delta.readings);
  }
  return fmt::format(
      "INSERT INTO sluice_key AS k SELECT {}, * FROM unnest({}::text[], {}::timestamptz[], "
      "{}::timestamptz[], "
      "{}::timestamptz[], {}::bigint[]) ON CONFLICT (stream, key) DO UPDATE SET first = least(k.first, "
      "excluded.first), last = greatest(k.last, excluded.last), latest = greatest(k.latest, "
      "excluded.latest), "
      "readings = k.readings + excluded.readings",
      QuoteText(stream.name), ArrayOf(keys), ArrayOf(firsts), ArrayOf(lasts), ArrayOf(latests),
      ArrayOf(readings));
}

std::vector<Position> TooWide(const StreamSpec& stream, const arrow::RecordBatch& rows,
                              const std::vector<std::vector<std::string>>& groups) {
  std::vector<int64_t> widest(static_cast<size_t>(rows.num_rows()), 0);
  for (const auto& group : groups) {
    std::vector<int64_t> width(widest.size(), 0);
    for (const std::string& name : group) {
      const int index = stream.FieldIndex(name);
      const auto& column = *rows.column(index);
      if (column.type_id() != arrow::Type::STRING) continue;
      const int32_t* offsets = static_cast<const arrow::StringArray&>(column).raw_value_offsets();
      for (size_t row = 0; row < width.size(); ++row) width[row] += offsets[row + 1] - offsets[row];
    }
    for (size_t row = 0; row < width.size(); ++row) widest[row] = std::max(widest[row], width[row]);
  }
  const auto& positions =
      static_cast<const arrow::Int64Array&>(*rows.GetColumnByName(std::string(kPosition)));
  std::vector<Position> found;
  for (size_t row = 0; row < widest.size(); ++row) {
    if (widest[row] > kLongestKey) found.push_back(positions.Value(static_cast<int64_t>(row)));
  }
  return found;
}

}  // namespace sluice::pg
