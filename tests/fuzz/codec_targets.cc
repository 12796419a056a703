// What every decoder must keep to, whatever the bytes: it never asks for more than it was given, uses all of
// the input up, keeps rows and dead entries in one sequence, and gives the same entries for the same bytes in
// pieces.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "codecs/codec.h"
#include "codecs/flat_object.h"
#include "codecs/json_object.h"
#include "fuzz/targets.h"

namespace sluice {

void Must(bool holds) {
  if (!holds) std::abort();
}
namespace {

// The first byte chooses what the stream does with unusual readings.
StreamSpec FuzzStream(unsigned char choice) {
  StreamSpec stream;
  stream.name = "fuzz";
  stream.fields = {{"a", FieldType::text, true}, {"b", FieldType::timestamp, true}, {"c", FieldType::number},
                   {"d", FieldType::integer},    {"e", FieldType::boolean},         {"f", FieldType::json}};
  stream.key = 0;
  stream.time = 1;
  stream.unknown = static_cast<UnknownFields>(choice % 3);
  stream.non_finite = choice % 2 == 0 ? NonFinite::reject : NonFinite::null;
  return stream;
}

struct Outcome {
  bool refused = false;
  std::vector<std::string> entries;
};

void Take(const Batch& batch, Outcome* outcome) {
  Must(batch.rows->ValidateFull().ok());
  int64_t row = 0;
  size_t dead = 0;
  for (int64_t at = 0; at < batch.Count(); ++at) {
    if (dead < batch.dead.size() && batch.dead[dead].at == at) {
      const DeadEntry& entry = batch.dead[dead++];
      Must(!entry.reason.empty() && entry.hash.size() == 64 &&
           entry.length >= static_cast<int64_t>(entry.bytes.size()));
      outcome->entries.push_back(entry.source + entry.reason + entry.hash);
    } else {
      outcome->entries.push_back(batch.rows->Slice(row++, 1)->ToString());
    }
  }
  Must(row == batch.rows->num_rows() && dead == batch.dead.size());
}

Outcome Run(CodecKind kind, const StreamSpec& stream, std::string_view text, size_t piece,
            int64_t max_entries) {
  auto decoder =
      MakeDecoder(kind, stream, {.map = {{"f", "x.f"}}, .source = "source.fuzz", .max_reading = 256});
  Must(decoder.ok());
  Outcome outcome;
  BatchBuilder out(stream, max_entries);
  size_t used = 0;
  size_t fed = 0;
  while (true) {
    fed = std::min(fed + piece, text.size());
    bool full = true;
    while (full) {
      const auto step = (*decoder)->Decode(text.substr(used, fed - used), fed == text.size(), out);
      outcome.refused = !step.ok();
      if (outcome.refused) return outcome;
      Must(*step <= fed - used);
      used += *step;
      full = out.Full();
      if (!out.Empty()) Take(out.Finish(), &outcome);
    }
    if (fed == text.size()) break;
  }
  Must(used == text.size());
  return outcome;
}

std::vector<std::string> EntriesOf(BatchBuilder& out) {
  Outcome outcome;
  Take(out.Finish(), &outcome);
  return outcome.entries;
}

// What the shortcut takes, the thorough reader reads alike.
void FuzzShortcut(const StreamSpec& stream, std::string_view line) {
  const auto plan = FieldPlan::Make(stream, {.map = {{"f", "x.f"}}, .source = "source.fuzz"});
  Must(plan.ok());
  std::string padded(line);
  padded.append(64, ' ');
  const std::string_view text = std::string_view(padded).substr(0, line.size());
  BatchBuilder flat(stream), thorough(stream);
  if (!FlatObjectReader(**plan).Read(text, flat)) return Must(flat.Empty());
  JsonObjectReader reader(**plan);
  Must(reader.ReadByTokens(text, padded.size(), thorough) == JsonObjectReader::row);
  Must(EntriesOf(flat) == EntriesOf(thorough));
}

void FuzzCodec(CodecKind kind, std::string_view data) {
  if (data.empty() || data.size() > 4096) return;
  const auto choice = static_cast<unsigned char>(data[0]);
  const StreamSpec stream = FuzzStream(choice);
  const std::string text(data.substr(1));  // its own allocation, so that reading behind it is found
  const Outcome whole = Run(kind, stream, text, text.size() + 1, 1000);
  const Outcome pieces = Run(kind, stream, text, 1 + choice % 7, 1 + choice % 3);
  Must(whole.refused == pieces.refused);
  Must(whole.refused || whole.entries == pieces.entries);
}

}  // namespace

void FuzzCodecJson(std::string_view data) { FuzzCodec(CodecKind::json, data); }
void FuzzCodecNdjson(std::string_view data) {
  FuzzCodec(CodecKind::ndjson, data);
  if (data.empty()) return;
  const StreamSpec stream = FuzzStream(static_cast<unsigned char>(data[0]));
  for (std::string_view left = data.substr(1); !left.empty();) {
    const size_t end = std::min(left.find('\n'), left.size());
    FuzzShortcut(stream, left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
}
void FuzzCodecCsv(std::string_view data) { FuzzCodec(CodecKind::csv, data); }

}  // namespace sluice
