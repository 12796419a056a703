#include "config/streams.h"

#include <gmock/gmock.h>

#include "config/test_kinds.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A file whose stream has these lines from line 2 on; a source follows.
std::string Stream(const std::string& lines) {
  return "[stream.s]\n" + lines + "\n[source.a]\nkind = \"simulator\"\nstream = \"s\"\n";
}
const std::string kTime = "time = \"t\"\n";
const std::string kFields = "fields = { t = \"timestamp\", k = \"string\", n = \"int\", d = \"double\" }\n";

StreamSpec GoodStream(const std::string& lines) {
  const LoadOutcome outcome = Load(Stream(lines));
  EXPECT_EQ(FormatDiagnostics(outcome.errors), "");
  return outcome.spec.streams.at(0);
}
std::vector<std::string> BadStream(const std::string& lines) { return Errors(Stream(lines)); }

TEST(Stream, KeepsTheOrderOfItsFields) {
  const StreamSpec stream =
      GoodStream("time = \"z\"\nfields = { z = \"timestamp\", b = \"bool\", a = \"json\", i = \"int\" }");
  EXPECT_EQ(stream.RowSchema()->ToString(), "z: timestamp[us, tz=UTC]\nb: bool\na: string\ni: int64");
}

TEST(Stream, MayListItsFieldsInATable) {
  const StreamSpec stream = GoodStream(kTime + "[stream.s.fields]\nt = \"timestamp\"\na = \"int\"");
  EXPECT_EQ(stream.FieldIndex("a"), 1);
}

TEST(Stream, HasTheDefaultsOfTheContract) {
  const StreamSpec stream = GoodStream(kTime + kFields);
  EXPECT_EQ(stream.unknown, UnknownFields::ignore);
  EXPECT_EQ(stream.non_finite, NonFinite::reject);
  EXPECT_EQ(stream.max_future, std::chrono::minutes(5));
  EXPECT_EQ(stream.dedupe_window, std::chrono::hours(24));
  EXPECT_EQ(stream.partitions, 1);
  EXPECT_TRUE(stream.is_default);
  EXPECT_FALSE(stream.key.has_value());
}

TEST(Stream, TakesAllItsOptions) {
  const StreamSpec stream = GoodStream(kTime + kFields + R"(key = "k"
partitions = "8"
required = ["d"]
unknown = "keep"
max_future = "1h"
non_finite = "null"
dedupe_window = "1h")");
  EXPECT_EQ(stream.key, 1);
  EXPECT_EQ(stream.partitions, 8);
  EXPECT_EQ(stream.dedupe_window, std::chrono::hours(1));
  EXPECT_EQ(stream.non_finite, NonFinite::null);
  EXPECT_EQ(stream.RowSchema()->num_fields(), 5);
}

TEST(Stream, RequiresKeyAndTimeAlways) {
  const StreamSpec stream = GoodStream(kTime + kFields + "key = \"k\"\nrequired = [\"d\"]");
  EXPECT_TRUE(stream.fields[0].required);
  EXPECT_TRUE(stream.fields[1].required);
  EXPECT_FALSE(stream.fields[2].required);
  EXPECT_TRUE(stream.fields[3].required);
}

TEST(Stream, HasFourPartitionsInKafkaWhenItHasAKey) {
  const std::string kafka = "[log]\nkind = \"kafka\"\nbrokers = \"b\"";
  EXPECT_EQ(Load(Stream(kTime + kFields + "key = \"k\"") + kafka).spec.streams.at(0).partitions, 4);
  EXPECT_EQ(Load(Stream(kTime + kFields) + kafka).spec.streams.at(0).partitions, 1);
}

TEST(Stream, NeedsTimeAndFields) {
  EXPECT_THAT(BadStream(""), ElementsAre("1:9 `fields` is missing", "1:9 `time` is missing"));
  EXPECT_THAT(BadStream(kTime + "fields = {}"), ElementsAre("3:10 `fields` is empty"));
  EXPECT_THAT(BadStream(kTime + "fields = \"t\""), ElementsAre("3:10 `fields` must be a table"));
}

TEST(Stream, NamesFieldsThatExist) {
  EXPECT_THAT(
      BadStream(kTime + kFields + "key = \"kk\"\nrequired = [\"x\"]"),
      ElementsAre("4:7 stream `s` has no field `kk`, did you mean `k`?", "5:13 stream `s` has no field `x`"));
  EXPECT_THAT(BadStream("time = \"\"\n" + kFields), ElementsAre("2:8 stream `s` has no field ``"));
}

TEST(Stream, HasATimeOfTypeTimestamp) {
  EXPECT_THAT(BadStream("time = \"k\"\n" + kFields),
              ElementsAre("2:8 the event time `k` is a string; it must be a timestamp"));
}

TEST(Stream, HasAKeyOfTypeStringOrInt) {
  EXPECT_THAT(BadStream(kTime + kFields + "key = \"n\""), IsEmpty());
  EXPECT_THAT(BadStream(kTime + kFields + "key = \"d\""),
              ElementsAre("4:7 the key `d` is a double; a key must be a string or an int"));
}

TEST(Stream, RefusesUnknownTypes) {
  EXPECT_THAT(BadStream(kTime + "fields = { t = \"timestamp\", a = \"flaot\", b = \"integer\", c = 5 }"),
              ElementsAre("3:33 unknown type \"flaot\"", "3:46 unknown type \"integer\"",
                          "3:61 `fields.c` must be a string, not '5'"));
}

TEST(Stream, RefusesFieldsNamedLikeSystemColumns) {
  EXPECT_THAT(
      BadStream(kTime +
                "unknown = \"keep\"\nfields = { t = \"timestamp\", _position = \"int\", extra = \"json\" }"),
      ElementsAre("4:29 `_position` is a column that every stream has",
                  "4:48 `extra` is the column of undeclared fields under unknown = \"keep\""));
}

TEST(Stream, RefusesFieldsThatDifferOnlyByCase) {
  EXPECT_THAT(BadStream(kTime + "fields = { t = \"timestamp\", T = \"int\" }"),
              ElementsAre("3:29 fields `t` and `T` differ only by case"));
}

TEST(Stream, HasOneToAThousandPartitions) {
  EXPECT_THAT(BadStream(kTime + kFields + "key = \"k\"\npartitions = 0"),
              ElementsAre("5:14 `partitions` must be at least 1, not 0"));
  EXPECT_THAT(BadStream(kTime + kFields + "key = \"k\"\npartitions = 1025"),
              ElementsAre("5:14 `partitions` must be at most 1024, not 1025"));
}

TEST(Stream, WithoutAKeyHasOnePartition) {
  EXPECT_THAT(BadStream(kTime + kFields + "partitions = 2"),
              ElementsAre("4:14 `partitions` is 2, but the stream has no key"));
}

TEST(Stream, NamesAFieldOnceInAList) {
  EXPECT_THAT(BadStream(kTime + kFields + "required = [\"k\", \"k\"]"),
              ElementsAre("4:18 `required` names `k` twice"));
}

TEST(Stream, SaysOnceThatItDoesNotDedupe) {
  const std::string twice = "[source.b]\nkind = \"http\"\nstream = \"s\"\n";
  EXPECT_THAT(Errors(Stream(kTime + kFields + "dedupe = [\"k\"]") + twice),
              ElementsAre("4:1 this version does not do `dedupe` yet"));
  EXPECT_THAT(BadStream(kTime + kFields + "dedupe = []"), IsEmpty());
}

// What a kind says of a stream whose key or time is in doubt must not be about them.
TEST(Stream, IsHandedToAKindOnlyWithAKeyAndATimeThatAreGood) {
  ComponentKinds kinds = TestKinds();
  kinds.sources[0].check = [](const ComponentSpec&, const StreamSpec& stream, Faults& faults) {
    const auto type_of = [&](int field) { return stream.fields.at(static_cast<size_t>(field)).type; };
    if (type_of(stream.time) != FieldType::timestamp) faults.Add("", "no time");
    if (stream.key && type_of(*stream.key) != FieldType::text) faults.Add("", "no key");
  };
  for (const char* lines :
       {"time = \"k\"\n", "time = \"x\"\n", "time = 5\n", "", "time = \"t\"\nkey = \"x\"\n",
        "time = \"t\"\nkey = \"d\"\n", "time = \"t\"\nkey = 1\n"}) {
    EXPECT_EQ(Errors(Stream(lines + kFields), {}, kinds).size(), 1u) << lines;
  }
}

TEST(Stream, IsDefaultWhenItSaysSo) {
  const LoadOutcome outcome = Load(kPlant + "[stream.b]\ndefault = true\n" + kTime + kFields);
  EXPECT_EQ(FormatDiagnostics(outcome.errors), "");
  EXPECT_EQ(outcome.spec.DefaultStream().name, "b");
}

TEST(Stream, IsDefaultOnlyOnce) {
  EXPECT_THAT(Errors(kPlant + "[stream.b]\ndefault = true\n" + kTime + kFields +
                     "[stream.c]\ndefault = true\n" + kTime + kFields),
              ElementsAre("16:11 stream `b` is the default already (line 12)"));
}

}  // namespace
}  // namespace sluice
