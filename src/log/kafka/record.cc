#include "log/kafka/record.h"

#include <charconv>

#include <arrow/api.h>
#include <fmt/format.h>

#include "codecs/field_plan.h"
#include "core/ascii.h"
#include "core/hash.h"
#include "log/partitioner.h"

namespace sluice::kafka {
namespace {

constexpr const char* kReason = "sluice-dead-reason";
constexpr const char* kSource = "sluice-dead-source";
constexpr const char* kLength = "sluice-dead-length";
constexpr const char* kHash = "sluice-dead-hash";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The declared fields alone.
std::shared_ptr<arrow::Schema> DeclaredSchema(const StreamSpec& stream) {
  arrow::FieldVector fields;
  for (const Field& field : stream.fields) fields.push_back(arrow::field(field.name, ArrowType(field.type)));
  return arrow::schema(fields);
}

std::string_view WithoutMark(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

StreamSpec Lenient(StreamSpec stream) {
  for (size_t i = 0; i < stream.fields.size(); ++i) {
    const int at = static_cast<int>(i);
    stream.fields[i].required = at == stream.time || (stream.key && at == *stream.key);
  }
  return stream;
}

std::string Lookup(const std::map<std::string, std::string>& headers, const char* name) {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

}  // namespace

std::string SchemaName(const StreamSpec& stream) {
  std::string text;
  for (const Field& field : stream.fields) {
    text += fmt::format("{}:{};", field.name, FieldTypeName(field.type));
  }
  return Sha256Hex(text).substr(0, 8);
}

RecordWriter::RecordWriter(const StreamSpec& stream)
    : stream_(stream), declared_(*DeclaredSchema(stream), JsonColumns(stream)) {}

void RecordWriter::AppendValue(const arrow::RecordBatch& rows, int64_t row, std::string& out) const {
  declared_.AppendObject(rows, row, out);
  if (stream_.unknown != UnknownFields::keep) return;
  // Undeclared fields stand where they stood in the input: beside the others.
  const auto& extra = static_cast<const arrow::StringArray&>(*rows.column(rows.num_columns() - 1));
  if (extra.IsNull(row) || extra.GetView(row).size() <= 2) return;
  out.back() = ',';
  out += extra.GetView(row).substr(1);
}

Records RecordWriter::Write(Batch batch, int64_t max_bytes) const {
  Records records;
  const int64_t rows = batch.rows->num_rows();
  const auto* const key = stream_.key ? batch.rows->column(*stream_.key).get() : nullptr;
  records.pieces.reserve(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) {
    Records::Piece piece{.has_key = key != nullptr, .key = records.bytes.size()};
    if (key != nullptr) records.bytes += KeyText(*key, row);
    piece.value = records.bytes.size();
    AppendValue(*batch.rows, row, records.bytes);
    piece.end = records.bytes.size();
    if (key != nullptr) piece.partition = PartitionOf(records.Key(piece), stream_.partitions);
    if (static_cast<int64_t>(piece.end - piece.key) <= max_bytes) {
      records.pieces.push_back(piece);
      continue;
    }
    records.dead.push_back(
        MakeDeadEntry(0, fmt::format("is larger than a record of its topic may be ({} bytes)", max_bytes),
                      "log", records.Value(piece)));
    records.bytes.resize(piece.key);
  }
  std::move(batch.dead.begin(), batch.dead.end(), std::back_inserter(records.dead));
  return records;
}

Result<std::unique_ptr<RecordReader>> RecordReader::Make(const StreamSpec& stream, bool required) {
  std::unique_ptr<RecordReader> made(new RecordReader(required ? stream : Lenient(stream)));
  SLUICE_ASSIGN(made->plan_, FieldPlan::Make(made->spec_, {.source = "log"}));
  made->reader_ = std::make_unique<JsonObjectReader>(*made->plan_);
  return made;
}

std::optional<std::string> RecordReader::Read(std::string_view value, BatchBuilder& out) {
  const std::string_view text = Trim(WithoutMark(value), kBlanks);
  if (text.empty()) return "a record without a value";
  if (reader_->Read(text, text.size(), out) == JsonObjectReader::row) return std::nullopt;
  std::string reason = reader_->reason();
  out.Drop();
  return reason;
}

Headers HeadersOf(const DeadEntry& dead) {
  return {{kReason, dead.reason},
          {kSource, dead.source},
          {kLength, fmt::format("{}", dead.length)},
          {kHash, dead.hash}};
}

DeadEntry DeadFrom(const std::map<std::string, std::string>& headers, std::string_view value, Position at) {
  DeadEntry dead = MakeDeadEntry(at, Lookup(headers, kReason), Lookup(headers, kSource), value);
  if (dead.reason.empty()) dead.reason = "put into the topic of dead entries by somebody else";
  const std::string length = Lookup(headers, kLength);
  int64_t whole = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), whole);
  if (error != std::errc() || whole < dead.length) return dead;
  dead.length = whole;
  dead.hash = Lookup(headers, kHash);
  return dead;
}

}  // namespace sluice::kafka
