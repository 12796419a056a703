// Verbs for tests of codecs: decode a text, whole or cut, into one list of entries that can be compared as
// text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codecs/codec.h"
#include "testing/streams.h"

namespace sluice {

// sensor_id string (key), timestamp, t double, n int, ok bool, j json.
inline StreamSpec WideStream() {
  StreamSpec stream = ReadingsStream();
  stream.fields = {{"sensor_id", FieldType::text, true},
                   {"timestamp", FieldType::timestamp, true},
                   {"t", FieldType::number},
                   {"n", FieldType::integer},
                   {"ok", FieldType::boolean},
                   {"j", FieldType::json}};
  return stream;
}

inline DecodeSpec TestSpec() { return {.source = "source.test"}; }

inline std::string CellText(const arrow::Array& array, int64_t row) {
  const auto scalar = array.GetScalar(row);
  return array.IsNull(row) ? "null" : (*scalar)->ToString();
}

// Entries in order: a row as "cell|cell|…", a dead one as "DEAD source: reason <bytes>".
inline void AppendEntries(const Batch& batch, std::vector<std::string>* out) {
  EXPECT_TRUE(batch.rows->ValidateFull().ok());
  int64_t row = 0;
  size_t dead = 0;
  for (int64_t at = 0; at < batch.Count(); ++at) {
    if (dead < batch.dead.size() && batch.dead[dead].at == at) {
      const DeadEntry& entry = batch.dead[dead++];
      out->push_back(fmt::format("DEAD {}: {} <{}> {} {}", entry.source, entry.reason,
                                 entry.bytes.substr(0, 200), entry.length, entry.hash));
      continue;
    }
    std::string text;
    for (int i = 0; i < batch.rows->num_columns(); ++i) {
      text += (i == 0 ? "" : "|") + CellText(*batch.rows->column(i), row);
    }
    out->push_back(text);
    ++row;
  }
}

struct Decoded {
  std::vector<std::string> entries;
  Status status;
};

// How a source feeds a decoder: what was not used up is offered again with more behind it.
class Feeder {
 public:
  Feeder(Decoder& decoder, const StreamSpec& stream, int64_t max_entries = 1000)
      : decoder_(decoder), builder_(stream, max_entries) {}

  void Feed(std::string_view piece, bool final) {
    pending_ += piece;
    while (decoded.status.ok()) {
      const auto used = decoder_.Decode(pending_, final, builder_);
      if (!used.ok()) decoded.status = used.status();
      if (!used.ok()) return;
      EXPECT_LE(*used, pending_.size());
      pending_.erase(0, *used);
      taken_ += *used;
      const bool full = builder_.Full();
      AppendEntries(builder_.Finish(), &decoded.entries);
      if (!full) return;
    }
  }
  size_t taken() const { return taken_; }
  const std::string& pending() const { return pending_; }

  Decoded decoded;

 private:
  Decoder& decoder_;
  BatchBuilder builder_;
  std::string pending_;
  size_t taken_ = 0;
};

inline Decoded Decode(CodecKind kind, const StreamSpec& stream, const DecodeSpec& spec,
                      std::string_view input, const std::vector<size_t>& cuts = {},
                      int64_t max_entries = 1000) {
  auto decoder = MakeDecoder(kind, stream, spec);
  if (!decoder.ok()) return {.status = decoder.status()};
  Feeder feeder(**decoder, stream, max_entries);
  size_t from = 0;
  for (const size_t cut : cuts) {
    feeder.Feed(input.substr(from, cut - from), false);
    from = cut;
  }
  feeder.Feed(input.substr(from), true);
  EXPECT_TRUE(!feeder.decoded.status.ok() || feeder.pending().empty());
  return feeder.decoded;
}

}  // namespace sluice
