#include "config/sources.h"

#include <gmock/gmock.h>

#include "config/test_kinds.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kStream = kPlant.substr(0, kPlant.find("[source."));

// A file whose only source has these lines from line 7 on.
std::string Source(const std::string& lines) { return kStream + "[source.a]\n" + lines + "\n"; }
std::vector<std::string> Bad(const std::string& lines) { return Errors(Source(lines)); }
const std::string kSimulator = "kind = \"simulator\"\nstream = \"readings\"\n";

TEST(Source, KeepsWhatItSaysOfItsInput) {
  const LoadOutcome outcome = Load(Source(R"(kind = "http"
stream = "readings"
codec = "csv"
map = { temperature = "t.c" }
set = { sensor_id = "office", count = 3 }
time_format = "%Y"
time_zone = "Europe/Berlin")"));
  EXPECT_EQ(FormatDiagnostics(outcome.errors), "");
  const InputSpec& input = outcome.spec.sources.at(0).input;
  EXPECT_EQ(input.codec, "csv");
  EXPECT_EQ(input.map.at("temperature"), "t.c");
  EXPECT_EQ(input.set.at("count"), "3");
  EXPECT_EQ(input.time_zone, "Europe/Berlin");
}

TEST(Source, HandsOnTheSpecOfItsKind) {
  const LoadOutcome outcome =
      Load(Source(kSimulator + "values.temperature = { walk = {} }\nvalues.count = {}\nevery = \"2s\""));
  const ComponentSpec& source = outcome.spec.sources.at(0);
  EXPECT_EQ(source.Title(), "source.a");
  EXPECT_THAT(source.As<TestSource>().generators, ElementsAre("temperature", "count"));
  EXPECT_EQ(source.As<TestSource>().every, std::chrono::seconds(2));
}

TEST(Source, NeedsAKindAndAStream) {
  EXPECT_THAT(Bad(""), ElementsAre("6:9 `kind` is missing", "6:9 `stream` is missing"));
}

TEST(Source, OfAMisspelledKindIsCheckedAsTheOneThatWasMeant) {
  EXPECT_THAT(Bad("kind = \"simulatr\"\nstream = \"readings\"\ndevices = 0\npath = \"x\""),
              ElementsAre("7:8 unknown kind \"simulatr\", did you mean \"simulator\"?",
                          "9:11 `devices` must be at least 1, not 0", "10:1 unknown key `path`"));
}

TEST(Source, OfAnUnknownKindIsCheckedForKeysThatNoKindHas) {
  EXPECT_THAT(
      Bad("kind = \"modbus\"\nstream = \"reading\"\ndevicse = 1\nset = { room = \"x\" }\npath = \"x\""),
      ElementsAre("7:8 unknown kind \"modbus\"",
                  "8:10 there is no stream `reading`, did you mean `readings`?",
                  "9:1 unknown key `devicse`, did you mean `devices`?",
                  "10:9 stream `readings` has no field `room`"));
}

TEST(Source, NamesFieldsOfItsStream) {
  EXPECT_THAT(Bad(kSimulator + "map = { temprature = \"t\" }\nset = { room = \"x\" }"),
              ElementsAre("9:9 stream `readings` has no field `temprature`, did you mean `temperature`?",
                          "10:9 stream `readings` has no field `room`"));
}

TEST(Source, TakesAFieldFromOnePlace) {
  EXPECT_THAT(Bad(kSimulator + "map = { count = \"c\" }\nset = { count = 1 }"),
              ElementsAre("10:9 field `count` is in both `map` and `set`"));
}

TEST(Source, RefusesUnknownCodecs) {
  EXPECT_THAT(Bad(kSimulator + "codec = \"jsn\""),
              ElementsAre("9:9 `codec` cannot be \"jsn\", did you mean \"json\"?"));
}

TEST(Source, DoesNotRepeatWhatItsStreamHasWrong) {
  EXPECT_THAT(
      Errors("[stream.s]\ntime = \"t\"\nfields = { t = \"timestamp\", a = \"flt\" }\n[source.a]\nkind = "
             "\"http\"\n"
             "stream = \"s\"\nset = { a = 1, b = 2 }\n[summary.m]\nstream = \"s\"\nevery = \"1h\"\n"
             "values = { x = \"avg(a)\" }"),
      ElementsAre("3:33 unknown type \"flt\"", "7:16 stream `s` has no field `b`"));
}

// Mistakes of a source that are mistakes whatever its stream was meant to be.
TEST(Source, OfAFaultyStreamIsToldWhatIsSurelyWrong) {
  ComponentKinds kinds = TestKinds();
  kinds.sources[0].check = [](const ComponentSpec& source, const StreamSpec& stream, Faults& faults) {
    for (const std::string& field : source.As<TestSource>().generators) {
      const int index = stream.FieldIndex(field);
      if (index < 0) faults.Add("values." + field, "no such field: " + field);
      if (index < 0) continue;
      const bool text = stream.fields[static_cast<size_t>(index)].type == FieldType::text;
      if (text) faults.Add("values." + field, "no walk gives texts: " + field);
    }
  };
  kinds.check_input = [](const StreamSpec&, const InputSpec& input, Faults& faults) {
    if (input.time_zone != "UTC") faults.Add("time_zone", "no such zone");
  };
  const std::string source =
      "[source.a]\nkind = \"simulator\"\ntime_zone = \"Mars\"\nvalues.a = {}\n"
      "values.b = {}\nstream = ";
  const std::string faulty = "[stream.s]\ntime = \"t\"\nfields = { t = \"timestamp\", a = \"flt\" }\n";
  EXPECT_THAT(Errors(faulty + source + "\"s\"", {}, kinds),
              ElementsAre("3:33 unknown type \"flt\"", "6:13 no such zone", "8:8 no such field: b"));
  const std::string roles = "[stream.s]\ntime = \"nope\"\nfields = { t = \"timestamp\", a = \"double\" }\n";
  EXPECT_THAT(Errors(roles + source + "\"s\"", {}, kinds),
              ElementsAre("2:8 stream `s` has no field `nope`", "6:13 no such zone", "8:8 no such field: b"));
  const std::string other = "[stream.s]\ntime = \"t\"\nfields = { t = \"timestamp\" }\n";
  EXPECT_THAT(Errors(other + source + "\"unheard\"", {}, kinds),
              ElementsAre("6:13 no such zone", "9:10 there is no stream `unheard`"));
}

TEST(Source, LetsItsKindJudgeItAgainstTheStream) {
  ComponentKinds kinds = TestKinds();
  kinds.sources[0].check = [](const ComponentSpec& source, const StreamSpec& stream, Faults& faults) {
    for (const std::string& field : source.As<TestSource>().generators) {
      if (stream.FieldIndex(field) < 0) faults.Add("values." + field, "no such field: " + field);
    }
  };
  EXPECT_THAT(Errors(Source(kSimulator + "values.speed = {}\nvalues.count = {}"), {}, kinds),
              ElementsAre("9:8 no such field: speed"));
}

TEST(Source, LetsTheCodecsJudgeItsInput) {
  ComponentKinds kinds = TestKinds();
  kinds.check_input = [](const StreamSpec&, const InputSpec& input, Faults& faults) {
    if (input.time_zone != "UTC") faults.Add("time_zone", "no such zone");
  };
  EXPECT_THAT(Errors(Source(kSimulator + "time_zone = \"Mars\""), {}, kinds),
              ElementsAre("9:13 no such zone"));
}

// Two more sources, the first at lines 6 to 8, the second at 9 to 11 with `lines` behind it.
std::vector<std::string> ErrorsOfTwo(const std::string& first, const std::string& second) {
  ComponentKinds kinds = TestKinds();
  kinds.sources[1].claim = [](const ComponentSpec& source) -> ComponentKind::Claim {
    const std::string path = source.As<TestSource>().path;
    return {.what = path.empty() ? "the front door" : path == "/free" ? "" : path, .option = "path"};
  };
  const std::string http = "kind = \"http\"\nstream = \"readings\"\n";
  return Errors(kStream + "[source.a]\n" + http + first + "\n[source.b]\n" + http + second + "\n", {}, kinds);
}

TEST(Source, CannotHaveWhatOnlyOneCanHave) {
  EXPECT_THAT(ErrorsOfTwo("path = \"/x\"", "path = \"/x\""),
              ElementsAre("13:8 /x is taken by source `a` (line 6)"));
  EXPECT_THAT(ErrorsOfTwo("", ""), ElementsAre("10:9 the front door is taken by source `a` (line 6)"));
  EXPECT_THAT(ErrorsOfTwo("path = \"/x\"", "path = \"/y\""), IsEmpty());
  EXPECT_THAT(ErrorsOfTwo("path = \"/free\"", "path = \"/free\""), IsEmpty());
  EXPECT_THAT(ErrorsOfTwo("path = 1", ""), ElementsAre("9:8 `path` must be a string, not '1'"));
}

TEST(Log, AndStoreAreTheFirstKindByDefault) {
  const PipelineSpec spec = Load(kPlant).spec;
  EXPECT_EQ(spec.log.kind, "embedded");
  EXPECT_EQ(spec.log.As<TestLog>().max_bytes, GiB(10));
  EXPECT_EQ(spec.store.kind, "duckdb");
  EXPECT_FALSE(spec.store.As<TestStore>().retain.has_value());
}

TEST(Log, NeedsNoKindForItsOptions) {
  const LoadOutcome outcome = Load(kPlant + "[log]\nmax_bytes = \"1GiB\"\n[store]\nretain = \"30d\"");
  EXPECT_EQ(FormatDiagnostics(outcome.errors), "");
  EXPECT_EQ(outcome.spec.log.As<TestLog>().max_bytes, GiB(1));
}

TEST(Log, OfAnotherKindHasOtherOptions) {
  EXPECT_THAT(Errors(kPlant + "[log]\nkind = \"kafka\"\nmax_bytes = \"1GiB\""),
              ElementsAre("11:2 `brokers` is missing", "13:1 unknown key `max_bytes`"));
  EXPECT_THAT(Errors(kPlant + "[store]\nkind = \"duckbd\""),
              ElementsAre("12:8 unknown kind \"duckbd\", did you mean \"duckdb\"?"));
}

}  // namespace
}  // namespace sluice
