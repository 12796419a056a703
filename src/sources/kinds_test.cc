// The kinds of sources as a pipeline file meets them: every option read, every mistake at its place.
#include <gmock/gmock.h>

#include "config/load.h"
#include "sources/file/kind.h"
#include "sources/file/spec.h"
#include "sources/http/kind.h"
#include "sources/simulator/kind.h"
#include "sources/simulator/spec.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Nothing {};

// The source's own lines start at line 5, behind `kind` and `stream`.
LoadOutcome Load(const std::string& kind, const std::string& lines) {
  const std::string text =
      "[stream.readings]\nkey = \"sensor_id\"\ntime = \"timestamp\"\nfields = { sensor_id = \"string\", "
      "timestamp = "
      "\"timestamp\", temperature = \"double\" }\n[source.a]\nkind = \"" +
      kind + "\"\nstream = \"readings\"\n" + lines + "\n";
  ComponentKinds kinds{.sources = {SimulatorKind().facts, FileKind().facts, HttpKind().facts},
                       .logs = {{.name = "embedded", .sentence = "", .options = OptionTable<Nothing>()}},
                       .stores = {{.name = "duckdb", .sentence = "", .options = OptionTable<Nothing>()}},
                       .codecs = {"json", "csv", "parquet"}};
  return ParsePipeline(text, "/plant/pipeline.toml", Environment(), kinds, SystemFiles());
}
std::string Mistakes(const std::string& kind, const std::string& lines) {
  return FormatDiagnostics(Load(kind, lines).errors);
}

TEST(FileKindTest, ReadsEveryOption) {
  const LoadOutcome outcome =
      Load("file",
           "path = \"data/*.csv\"\nspeed = 60\nsort_by_time = true\nmax_sorted = \"1GiB\"\n"
           "repeat = true\nshift_to_now = true\ncodec = \"csv\"");
  ASSERT_EQ(FormatDiagnostics(outcome.errors), "");
  const auto& spec = outcome.spec.sources.at(0).As<FileSourceSpec>();
  EXPECT_EQ(spec.path, "/plant/data/*.csv");
  EXPECT_EQ(spec.speed, 60);
  EXPECT_TRUE(spec.sort_by_time && spec.repeat && spec.shift_to_now && !spec.follow);
  EXPECT_EQ(spec.max_sorted.bytes, 1 << 30);
}

TEST(FileKindTest, RefusesWhatContradictsItself) {
  EXPECT_THAT(Mistakes("file", ""), HasSubstr("`path` is missing"));
  EXPECT_THAT(Mistakes("file", "path = \"a\"\nspeed = -1"), HasSubstr("`speed`"));
  EXPECT_THAT(Mistakes("file", "path = \"a\"\nfollow = true\nrepeat = true"),
              HasSubstr("`follow` has no end"));
  EXPECT_THAT(Mistakes("file", "path = \"a\"\nfollow = true\nsort_by_time = true"),
              HasSubstr("needs an end"));
  EXPECT_THAT(Mistakes("file", "path = \"-\"\nrepeat = true"), HasSubstr("only once"));
  EXPECT_THAT(Mistakes("file", "path = \"-\"\nfollow = true"), HasSubstr("standard input"));
  EXPECT_THAT(Mistakes("file", "path = \"a.parquet\"\nfollow = true"), HasSubstr("written at once"));
  EXPECT_THAT(Mistakes("file", "pth = \"a\""), HasSubstr("did you mean `path`?"));
}

TEST(FileKindTest, RefusesWhatIsCompressed) {
  EXPECT_THAT(Mistakes("file", "path = \"a.csv.GZ\"\ncodec = \"csv\""),
              HasSubstr(":8:8: error: /plant/a.csv.GZ is compressed; unpack it first"));
  EXPECT_EQ(Mistakes("file", "path = \"*.gz\""), "") << "what the pattern meets is seen when it is met";
  EXPECT_TRUE(IsCompressed("a.zst") && IsCompressed("b.bz2") && IsCompressed("c.zip"));
  EXPECT_FALSE(IsCompressed("gz") || IsCompressed("a.gz.csv"));
}

TEST(FileKindTest, HasTheStandardInputForItselfAlone) {
  const std::string another = "\n[source.b]\nkind = \"file\"\nstream = \"readings\"\npath = ";
  EXPECT_THAT(Mistakes("file", "path = \"-\"" + another + "\"-\""),
              HasSubstr(":12:8: error: the standard input is taken by source `a` (line 5)"));
  EXPECT_EQ(Mistakes("file", "path = \"x\"" + another + "\"x\""), "");
}

TEST(HttpKindTest, HasItsPathForItselfAlone) {
  const std::string another = "\n[source.b]\nkind = \"http\"\nstream = \"readings\"\n";
  EXPECT_THAT(Mistakes("http", another),
              HasSubstr(":9:9: error: POST /ingest/readings is taken by source `a` (line 5)"));
  EXPECT_THAT(Mistakes("http", another + "path = \"/ingest/readings\""),
              HasSubstr(":12:8: error: POST /ingest"));
  EXPECT_EQ(Mistakes("http", another + "path = \"/b\""), "");
}

TEST(HttpKindTest, RefusesPathsThatItCannotServe) {
  EXPECT_THAT(Mistakes("http", "path = \"/api/sql\""), HasSubstr("paths under /api/ are sluice's own"));
  EXPECT_THAT(Mistakes("http", "path = \"in/{x}\""), HasSubstr("is no path of a URL"));
  EXPECT_EQ(Mistakes("http", "path = \"/apiary\""), "");
}

TEST(SimulatorKindTest, ReadsEveryOption) {
  const LoadOutcome outcome =
      Load("simulator",
           "devices = 50\nevery = \"2s\"\nburst = 3\ncount = 1000\nseed = 7\n"
           "values.temperature = { walk = { start = 20, step = 0.1, min = -10, max = 40 } }\n"
           "faults = { spike = 0.01, gap = 0.02, late = 0.1 }");
  ASSERT_EQ(FormatDiagnostics(outcome.errors), "");
  const auto& spec = outcome.spec.sources.at(0).As<SimulatorSpec>();
  EXPECT_EQ(spec.devices, 50);
  EXPECT_EQ(spec.every, std::chrono::seconds(2));
  EXPECT_EQ(spec.burst, 3);
  EXPECT_EQ(spec.count, 1000);
  EXPECT_EQ(std::get<WalkValues>(spec.values.at("temperature")).step, 0.1);
  EXPECT_EQ(spec.faults.gap, 0.02);
}

TEST(SimulatorKindTest, RefusesWhatContradictsItselfOrTheStream) {
  EXPECT_THAT(Mistakes("simulator", "rate = 5\nevery = \"1s\""), HasSubstr("rate"));
  EXPECT_THAT(Mistakes("simulator", "devices = 0"), HasSubstr("`devices` must be at least 1"));
  EXPECT_THAT(Mistakes("simulator", "values.pressure = { uniform = {} }"), HasSubstr("pressure"));
  EXPECT_THAT(Mistakes("simulator", "faults = { spike = 2 }"), HasSubstr("spike"));
  EXPECT_THAT(Mistakes("simulator", "values.temperature = { wave = {} }"), HasSubstr("wave"));
}

TEST(SimulatorKindTest, TellsEveryMistakeAtOnce) {
  const std::string mistakes =
      Mistakes("simulator",
               "values.temperature = { uniform = { min = 2, max = 1 } }\nvalues.pressure = { walk = {} }");
  EXPECT_THAT(mistakes, HasSubstr(":8:8: error: values.temperature: max must not be below min"));
  EXPECT_THAT(mistakes, HasSubstr(":9:8: error: values.pressure: stream 'readings' has no such field"));
}

TEST(SimulatorKindTest, JudgesNothingByAFaultyOption) {
  EXPECT_EQ(Mistakes("simulator", "every = \"2\"\nburst = 3").find("`burst`"), std::string::npos);
}

}  // namespace
}  // namespace sluice
