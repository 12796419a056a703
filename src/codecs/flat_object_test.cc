#include "codecs/flat_object.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

#include "codecs/json_object.h"
#include "platform/random.h"
#include "testing/decoding.h"
#include "testing/source_tree.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kUsual =
    R"({"sensor_id":"a-1","timestamp":"2025-10-15T12:00:00.123456Z","t":-21.50,"n":7,"ok":true})";

// Text with the bytes behind it that may be read.
struct Padded {
  explicit Padded(std::string_view text)
      : length(text.size()), bytes(std::string(text) + std::string(64, ' ')) {}
  std::string_view text() const { return std::string_view(bytes).substr(0, length); }
  size_t length;
  std::string bytes;
};

class FlatObject : public testing::Test {
 protected:
  explicit FlatObject(DecodeSpec spec = TestSpec())
      : plan_(*FieldPlan::Make(stream_, spec)), flat_(*plan_), thorough_(*plan_) {}

  // What the shortcut makes of the text; nothing when it leaves it to the other.
  std::vector<std::string> Read(std::string_view text) { return Read(Padded(text)); }
  std::vector<std::string> Read(const Padded& padded) {
    BatchBuilder out(stream_);
    const bool read = flat_.Read(padded.text(), out);
    std::vector<std::string> entries;
    AppendEntries(out.Finish(), &entries);
    EXPECT_EQ(entries.size(), read ? 1u : 0u) << padded.text();
    return entries;
  }
  // Whether the shortcut took the text; if so, the thorough reader must make the same of it.
  bool TakesAsTheOther(std::string_view text) {
    const Padded padded(text);
    const std::vector<std::string> read = Read(padded);
    if (read.empty()) return false;
    BatchBuilder out(stream_);
    EXPECT_EQ(thorough_.ReadByTokens(padded.text(), padded.bytes.size(), out), JsonObjectReader::row)
        << text << ": " << thorough_.reason();
    std::vector<std::string> entries;
    AppendEntries(out.Finish(), &entries);
    EXPECT_EQ(read, entries) << text;
    return true;
  }

  const StreamSpec stream_ = WideStream();
  const std::unique_ptr<FieldPlan> plan_;
  FlatObjectReader flat_;
  JsonObjectReader thorough_;
};

TEST_F(FlatObject, TheUsualReadingIsRead) {
  EXPECT_THAT(Read(kUsual), ElementsAre("a-1|2025-10-15 12:00:00.123456Z|-21.5|7|true|null"));
}
TEST_F(FlatObject, BlanksAndAnyOrderOfKeysAreRead) {
  EXPECT_THAT(Read("{ \"n\" : null,\t\"timestamp\":\"2025-10-15 12:00:00Z\" ,\r\n\"sensor_id\": \"é\"} \n"),
              ElementsAre("é|2025-10-15 12:00:00.000000Z|null|null|null|null"));
}
TEST_F(FlatObject, WhatItTakesIsReadAsTheOtherReadsIt) {
  for (const char* member : {R"("t":0)", R"("t":-0)", R"("t":0.1)", R"("t":123456789012345678)",
                             R"("t":9007199254740993)", R"("t":0.0000000000000001)", R"("n":21.0)",
                             R"("n":-7)", R"("ok":false)", R"("ok":null)", R"("j":1.50)"}) {
    EXPECT_TRUE(
        TakesAsTheOther(fmt::format(R"({{"sensor_id":"a","timestamp":"2025-10-15T12:00:00Z",{}}})", member)))
        << member;
  }
}
TEST_F(FlatObject, EveryKindOfTimeIsReadAsTheOtherReadsIt) {
  for (const char* time :
       {"2025-10-15T12:00:00Z", "2025-10-15 12:00:00.1Z", "2024-02-29T23:59:59.999999999Z",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2025-10-15T12:00:00",
        "2025-10-15T12:00:00+02:00", "2025-10-15T12:00:00.1234567891Z", "2025-10-15t12:00:60z"}) {
    EXPECT_TRUE(TakesAsTheOther(fmt::format(R"({{"sensor_id":"a","timestamp":"{}"}})", time))) << time;
  }
}
TEST_F(FlatObject, WhateverIsUnusualIsLeftToTheOther) {
  const std::string head = R"({"sensor_id":"a","timestamp":"2025-10-15T12:00:00Z")";
  for (const char* rest : {R"(,"t":1,"t":1})",
                           R"(,"x":1})",
                           R"(,"t":1e2})",
                           R"(,"t":01})",
                           R"(,"t":1.})",
                           R"(,"t":.5})",
                           R"(,"t":-})",
                           R"(,"t":1 2})",
                           R"(,"t":1234567890123456789})",
                           R"(,"t":"1"})",
                           R"(,"t":nul})",
                           R"(,"t":{}})",
                           R"(,"t":[]})",
                           R"(,"j":"x"})",
                           R"(,"n":1.5})",
                           R"(,"ok":1})",
                           R"(,"ok":truer})",
                           ",}",
                           "}}",
                           "",
                           ",\"t\":1",
                           ",\"t\"}",
                           ",\"t}",
                           R"("t":1})",
                           R"(,"t" 1})",
                           R"(,"\u0074":1})",
                           "} x",
                           ",\"t\":1\x01}",
                           R"(,t:1})"}) {
    EXPECT_THAT(Read(head + rest), IsEmpty()) << rest;
  }
  for (const char* text : {"", "{", "}", "{}", "[]", "x", R"({"sensor_id":"a"})",
                           R"({"sensor_id":"a\n","timestamp":"2025-10-15T12:00:00Z"})",
                           R"({"sensor_id":"a","timestamp":"2025-02-30T12:00:00Z"})",
                           R"({"sensor_id":"a","timestamp":"2025-10-15T12:00:00Z)"}) {
    EXPECT_THAT(Read(text), IsEmpty()) << text;
  }
  for (const char byte : {'\0', '\x1f', '\n', '\xff'}) {
    const std::string id(1, byte);
    EXPECT_THAT(Read("{\"sensor_id\":\"" + id + R"(","timestamp":"2025-10-15T12:00:00Z"})"), IsEmpty());
  }
}
TEST_F(FlatObject, AReadingThatItLeavesLeavesNothingBehind) {
  EXPECT_THAT(Read(R"({"sensor_id":"gone","timestamp":"2025-10-15T12:00:00Z","t":9,"x":1})"), IsEmpty());
  EXPECT_THAT(Read(R"({"sensor_id":"a","timestamp":"2025-10-15T12:00:00Z"})"),
              ElementsAre("a|2025-10-15 12:00:00.000000Z|null|null|null|null"));
}

constexpr std::string_view kPeculiar = "\"\\{}[]:,.-+eEnt09 \t\n\x01\x7f\xc3\xa9";

std::string Mutated(std::string text, Random& random, const std::vector<std::string>& others) {
  for (uint64_t n = 1 + random.Below(3); n > 0; --n) {
    const size_t at = random.Below(text.size() + 1);
    const size_t length = random.Below(12);
    const std::string& other = others[random.Below(others.size())];
    switch (random.Below(4)) {
      case 0:
        if (at < text.size()) text[at] = kPeculiar[random.Below(kPeculiar.size())];
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, other.substr(random.Below(other.size() + 1), length));
        break;
      default:
        text.insert(at, text.substr(random.Below(text.size() + 1), length));
    }
  }
  return text;
}

// Lines of the fuzz corpora and of readings of all sorts.
std::vector<std::string> Lines() {
  std::vector<std::string> lines = {
      kUsual, R"({"timestamp": "2025-10-15 12:00:00Z", "sensor_id": "é", "t": 1e3, "j": {"a": [1, null]}})",
      R"({"n":9223372036854775807,"sensor_id":"b\u0041","timestamp":"2025-10-15T12:00:00+02:00","x":0.5})",
      R"({"ok":false,"t":null,"sensor_id":"c","timestamp":"2024-02-29T23:59:60Z"})"};
  for (const char* corpus : {"codec_ndjson", "codec_json"}) {
    const std::string folder = InSourceTree("tests/fuzz/corpus/") + corpus;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      std::ifstream stream(file.path());
      for (std::string line; std::getline(stream, line);) lines.push_back(line);
    }
  }
  return lines;
}

TEST_F(FlatObject, WhatItTakesOfChangedReadingsIsReadAsTheOtherReadsIt) {
  const std::vector<std::string> lines = Lines();
  Random random(20251015);
  int taken = 0;
  for (int i = 0; i < 60'000 && !HasFailure(); ++i) {
    // Half of them are changes of the usual one, or hardly any would be taken.
    const std::string& line = i % 2 == 0 ? lines.front() : lines[random.Below(lines.size())];
    taken += TakesAsTheOther(Mutated(line, random, lines)) ? 1 : 0;
  }
  EXPECT_GT(taken, 1'000);
}

class MappedFlatObject : public FlatObject {
 protected:
  MappedFlatObject()
      : FlatObject({.map = {{"n", "v"}, {"t", "v"}, {"ok", "a\"b"}, {"sensor_id", "a key of many letters"}},
                    .set = {{"j", "1"}},
                    .source = "source.test"}) {}
};

TEST_F(MappedFlatObject, ConstantsAreSetAndLongKeysAreRead) {
  EXPECT_TRUE(TakesAsTheOther(R"({"a key of many letters":"x","timestamp":"2025-10-15T12:00:00Z"})"));
  EXPECT_FALSE(TakesAsTheOther(R"({"a key of many lettern":"x","timestamp":"2025-10-15T12:00:00Z"})"));
}
TEST_F(MappedFlatObject, AKeyOfTwoFieldsIsLeftToTheOther) {
  EXPECT_THAT(Read(R"({"a key of many letters":"x","timestamp":"2025-10-15T12:00:00Z","v":1})"), IsEmpty());
}
TEST_F(MappedFlatObject, ANameWithAQuoteDoesNotFitAKeyThatEndsThere) {
  EXPECT_THAT(Read(R"({"a key of many letters":"x","timestamp":"2025-10-15T12:00:00Z","a"b":true})"),
              IsEmpty());
}

}  // namespace
}  // namespace sluice
