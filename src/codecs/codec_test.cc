// Rules that hold for every decoder of bytes: where the input is cut, how full the builder is and where
// decoding resumes change nothing; a reading of any length is one dead letter and costs no memory.
#include "codecs/codec.h"

#include <gmock/gmock.h>

#include "core/hash.h"
#include "testing/decoding.h"

namespace sluice {
namespace {

using testing::HasSubstr;

struct Sample {
  CodecKind kind;
  std::string text;
  int64_t max_reading = 8 << 20;
};

std::vector<Sample> Samples() {
  const std::string row =
      R"({"sensor_id":"a\u00e9","timestamp":"2025-10-15T12:00:00Z","x":[1,{"y":"]}"}],"t":1.5})";
  const std::string bad = R"({"sensor_id":"a","t":"x"})";
  const std::string cells = "sensor_id,timestamp,t,x\r\n";
  const std::string record = "\"a\"\"b\nc\",2025-10-15T12:00:00Z,1.5,\r\n";
  return {
      {CodecKind::ndjson, "\xEF\xBB\xBF" + row + "\r\n\n" + bad + "\n[1]\n" + row},
      {CodecKind::ndjson, row + "\n" + std::string(300, 'x') + "\n" + row + "\n" + std::string(300, ' '),
       120},
      {CodecKind::json, "\xEF\xBB\xBF [" + row + " ,\n" + bad + ",5,\"x\\\"\"," + row + "]\n" + row},
      {CodecKind::json, "[" + row + "," + row + ",{\"a\":tru}," + row + "]"},
      {CodecKind::json, row + "\n{\"a\":1\n" + row + "junk\n" + row + row + "}\n" + row + "{"},
      {CodecKind::json, "[" + row + ",{\"a\":\"" + std::string(300, 'x') + "\"}," + row, 120},
      {CodecKind::json, "{\"a\":\"" + std::string(300, 'x') + "\n\"}\n" + row, 120},
      {CodecKind::csv, "\xEF\xBB\xBF" + cells + record + "\r\n" + "a,b\n" + record + "x\"y,,,\n" + record +
                           "\"open,,\n" + record},
      {CodecKind::csv,
       cells + record + "\"" + std::string(30, 'x') + "\n" + record + std::string(300, 'y') + "\n" + record +
           record,
       60},
  };
}

DecodeSpec SpecOf(const Sample& sample) {
  DecodeSpec spec = TestSpec();
  spec.max_reading = sample.max_reading;
  return spec;
}

TEST(Decoders, AnInputCutAnywhereGivesTheSameEntries) {
  for (const Sample& sample : Samples()) {
    const auto whole = Decode(sample.kind, WideStream(), SpecOf(sample), sample.text);
    ASSERT_TRUE(whole.status.ok()) << whole.status.message();
    for (size_t cut = 0; cut <= sample.text.size(); ++cut) {
      EXPECT_EQ(Decode(sample.kind, WideStream(), SpecOf(sample), sample.text, {cut}).entries, whole.entries)
          << CodecName(sample.kind) << " cut at " << cut << ": " << sample.text;
    }
  }
}

TEST(Decoders, AnInputInSingleBytesGivesTheSameEntries) {
  for (const Sample& sample : Samples()) {
    std::vector<size_t> cuts;
    for (size_t i = 1; i < sample.text.size(); ++i) cuts.push_back(i);
    EXPECT_EQ(Decode(sample.kind, WideStream(), SpecOf(sample), sample.text, cuts).entries,
              Decode(sample.kind, WideStream(), SpecOf(sample), sample.text).entries);
  }
}

TEST(Decoders, ABuilderOfOneReadingGivesTheSameEntries) {
  for (const Sample& sample : Samples()) {
    EXPECT_EQ(
        Decode(sample.kind, WideStream(), SpecOf(sample), sample.text, {sample.text.size() / 2}, 1).entries,
        Decode(sample.kind, WideStream(), SpecOf(sample), sample.text).entries);
  }
}

// Feeds up to `cut`, then goes on with a new decoder where the first one could be left.
std::vector<std::string> Resumed(const Sample& sample, size_t cut) {
  auto first = MakeDecoder(sample.kind, WideStream(), SpecOf(sample));
  Feeder before(**first, WideStream());
  before.Feed(std::string_view(sample.text).substr(0, cut), false);
  const size_t from = before.taken() - static_cast<size_t>((*first)->Held());
  auto second = MakeDecoder(sample.kind, WideStream(), SpecOf(sample));
  EXPECT_TRUE((*second)->Restore((*first)->State()).ok());
  Feeder after(**second, WideStream());
  after.Feed(std::string_view(sample.text).substr(from), true);
  auto entries = before.decoded.entries;
  entries.insert(entries.end(), after.decoded.entries.begin(), after.decoded.entries.end());
  return entries;
}

TEST(Decoders, AnInputResumedAnywhereGivesTheSameEntries) {
  for (const Sample& sample : Samples()) {
    const auto whole = Decode(sample.kind, WideStream(), SpecOf(sample), sample.text);
    for (size_t cut = 0; cut <= sample.text.size(); ++cut)
      EXPECT_EQ(Resumed(sample, cut), whole.entries) << cut;
  }
}

TEST(Decoders, ADamagedStateIsRefused) {
  for (const CodecKind kind : {CodecKind::json, CodecKind::ndjson, CodecKind::csv}) {
    auto decoder = MakeDecoder(kind, WideStream(), TestSpec());
    for (const char* state : {"x", "line", "line=", "line=1", "header=99:a "}) {
      EXPECT_FALSE((*decoder)->Restore(state).ok()) << state;
    }
  }
}

TEST(Decoders, ALineOfAnyLengthIsOneDeadLetterOfBoundedMemory) {
  auto decoder = MakeDecoder(CodecKind::ndjson, WideStream(), TestSpec());
  BatchBuilder out(WideStream());
  const std::string piece(9 << 20, 'x');
  Sha256 hash;
  for (int i = 0; i < 8; ++i) {
    ASSERT_EQ(*(*decoder)->Decode(piece, false, out), piece.size());
    hash.Update(piece);
  }
  ASSERT_EQ(*(*decoder)->Decode("\n", false, out), 1u);
  const Batch batch = out.Finish();
  ASSERT_EQ(batch.dead.size(), 1u);
  EXPECT_EQ(batch.dead[0].length, 8 * static_cast<int64_t>(piece.size()));
  EXPECT_EQ(batch.dead[0].bytes.size(), kDeadBytesKept);
  EXPECT_EQ(batch.dead[0].hash, hash.Hex());
  EXPECT_THAT(batch.dead[0].reason, HasSubstr("longer than 8MiB"));
}

TEST(Decoders, ASpecThatCannotWorkIsRefusedByName) {
  const auto refusal = [](DecodeSpec spec) {
    const auto decoder = MakeDecoder(CodecKind::json, WideStream(), spec);
    return decoder.ok() ? "" : decoder.status().message();
  };
  EXPECT_THAT(refusal({.map = {{"nope", "x"}}}), HasSubstr("map: stream 'readings' has no field 'nope'"));
  EXPECT_THAT(refusal({.map = {{"t", "a..b"}}}), HasSubstr("map.t"));
  EXPECT_THAT(refusal({.set = {{"nope", "x"}}}), HasSubstr("set: stream 'readings' has no field 'nope'"));
  EXPECT_THAT(refusal({.set = {{"t", "abc"}}}), HasSubstr("set: field 't': 'abc' is not a number"));
  EXPECT_THAT(refusal({.map = {{"t", "x"}}, .set = {{"t", "1"}}}), HasSubstr("both in map and in set"));
  EXPECT_THAT(refusal({.time_format = "%H:%M"}), HasSubstr("names no whole date"));
  EXPECT_THAT(refusal({.time_format = "%Y-%m-%d %Q"}), HasSubstr("'%Q' is not known"));
  EXPECT_THAT(refusal({.time_zone = "Europe/Atlantis"}),
              HasSubstr("time_zone: 'Europe/Atlantis' is no time zone"));
  EXPECT_THAT(refusal({.time_zone = "../../etc/passwd"}), HasSubstr("time_zone"));
}

TEST(CodecKinds, AreKnownByNameContentTypeAndPath) {
  for (const char* name : {"json", "ndjson", "csv", "parquet"})
    EXPECT_EQ(CodecName(*CodecFromName(name)), name);
  EXPECT_FALSE(CodecFromName("xml"));
  EXPECT_EQ(CodecFromContentType("Application/JSON; charset=utf-8"), CodecKind::json);
  EXPECT_EQ(CodecFromContentType("application/x-ndjson"), CodecKind::ndjson);
  EXPECT_EQ(CodecFromContentType("text/csv"), CodecKind::csv);
  EXPECT_FALSE(CodecFromContentType("text/html"));
  EXPECT_EQ(CodecFromPath("/data/x.CSV"), CodecKind::csv);
  EXPECT_EQ(CodecFromPath("x.parquet"), CodecKind::parquet);
  EXPECT_FALSE(CodecFromPath("x.csv.gz"));
  EXPECT_FALSE(CodecFromPath("a.json/b"));
}

}  // namespace
}  // namespace sluice
