#include "config/load.h"

#include <gmock/gmock.h>

#include "config/test_kinds.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(PipelineFile, NeedsOnlyAStreamAndASource) {
  const LoadOutcome outcome = Load(kPlant);
  EXPECT_EQ(FormatDiagnostics(outcome.errors), "");
  EXPECT_EQ(outcome.spec.data_dir, "/etc/plant/sluice-data");
  EXPECT_EQ(outcome.spec.memory, MiB(512));
  EXPECT_EQ(outcome.spec.DefaultStream().name, "readings");
  EXPECT_EQ(outcome.spec.Source("devices")->As<TestSource>().devices, 50);
}

TEST(PipelineFile, ThatIsEmptySaysWhatIsRequired) {
  EXPECT_THAT(Errors(""),
              ElementsAre("1:1 the file has no [source.NAME]", "1:1 the file has no [stream.NAME]"));
  EXPECT_THAT(Load("").errors.at(0).hint, HasSubstr("sluice init"));
}

TEST(PipelineFile, SetsFolderAndMemory) {
  const PipelineSpec spec = Load("data_dir = \"../d\"\nmemory = \"1GiB\"\n" + kPlant).spec;
  EXPECT_EQ(spec.data_dir, "/etc/d");
  EXPECT_EQ(spec.memory, GiB(1));
  EXPECT_THAT(Errors("memory = \"1MiB\"\n" + kPlant),
              ElementsAre("1:10 `memory` must be at least \"64MiB\", not \"1MiB\""));
}

TEST(PipelineFile, KeepsTheOrderOfItsComponents) {
  const PipelineSpec spec = Load(kPlant + "[source.a]\nkind = \"http\"\nstream = \"readings\"\n").spec;
  EXPECT_EQ(spec.sources.at(0).name, "devices");
  EXPECT_EQ(spec.sources.at(1).name, "a");
}

TEST(PipelineFile, RefusesBadNames) {
  EXPECT_THAT(Errors(kPlant + "[source.Loud]\nkind = \"http\"\nstream = \"readings\"\n"
                              "[source.sluice_x]\nkind = \"http\"\nstream = \"readings\"\n"),
              ElementsAre("11:9 `Loud` cannot be a name", "14:9 `sluice_x` cannot be a name"));
}

TEST(PipelineFile, TellsComponentsApartWithoutCase) {
  EXPECT_THAT(Errors(kPlant + "[source.Devices]\nkind = \"http\"\nstream = \"readings\"\n"),
              ElementsAre("11:9 `Devices` cannot be a name", "11:9 the name `Devices` is taken by line 6"));
}

TEST(PipelineFile, GivesStreamsAndSummariesOneSetOfNames) {
  EXPECT_THAT(
      Errors(kPlant +
             "[summary.readings]\nstream = \"readings\"\nevery = \"1h\"\nvalues = { n = \"count(*)\" }"),
      ElementsAre("11:10 the name `readings` is taken by line 1"));
}

TEST(PipelineFile, LetsASourceBearTheNameOfAStream) {
  EXPECT_THAT(Errors(kPlant + "[source.readings]\nkind = \"http\"\nstream = \"readings\"\n"), IsEmpty());
}

TEST(PipelineFile, SaysWhichSectionsThisVersionHas) {
  const LoadOutcome outcome = Load(kPlant + "[lake.raw]\npath = \"x\"\n[rule.r]\n[alert.a]");
  ASSERT_EQ(outcome.errors.size(), 3u);
  EXPECT_EQ(outcome.errors[0].message, "unknown section `lake`");
  EXPECT_THAT(outcome.errors[0].hint,
              HasSubstr("this version has stream, source, summary, log, store and server"));
}

TEST(PipelineFile, ReadsAMisspelledSectionAsTheOneThatWasMeant) {
  EXPECT_THAT(Errors("[streams.readings]\ntime = \"t\"\nfields = { t = \"timestamp\" }\n"
                     "[source.a]\nkind = \"http\"\nstream = \"readings\"\ntokn = 1"),
              ElementsAre("1:2 unknown section `streams`, did you mean `stream`?",
                          "7:1 unknown key `tokn`, did you mean `token`?"));
}

TEST(PipelineFile, SuggestsSettings) {
  EXPECT_THAT(Errors("memroy = \"1GiB\"\n" + kPlant),
              ElementsAre("1:1 unknown key `memroy`, did you mean `memory`?"));
}

TEST(PipelineFile, WantsNamedTables) {
  EXPECT_THAT(Errors("log = 1\n" + kPlant + "[[summary]]\n"),
              ElementsAre("1:1 `log` must be a table", "12:3 `summary` must hold tables with names"));
  EXPECT_THAT(Errors("[source]\nkind = \"http\"\n" + kPlant),
              ElementsAre("2:1 `source.kind` must be a table"));
}

TEST(PipelineFile, ReportsUnsetVariablesWhereverTheyStand) {
  EXPECT_THAT(Errors("data_dir = \"${A}\"\n" + kPlant +
                     "[lake.x]\npath = \"${B}\"\n[source.b]\nkind = \"${C}\"\nstream = "
                     "\"${D}\"\nset = { sensor_id = \"${E}\" }\nlost = 1"),
              ElementsAre("1:12 variable `A` is not set", "12:2 unknown section `lake`",
                          "13:8 variable `B` is not set", "15:8 variable `C` is not set",
                          "16:10 variable `D` is not set", "17:21 variable `E` is not set",
                          "18:1 unknown key `lost`"));
}

TEST(PipelineFile, WithASyntaxErrorReportsThatAlone) {
  const auto errors = Errors("memroy = 1\n[stream\n" + kPlant);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_THAT(errors[0], testing::StartsWith("2:8 "));
}

TEST(PipelineFile, WithTenMistakesReportsAllTen) {
  const std::string text = R"toml(memry = "1GiB"
[stream.readings]
key = "sensor"
time = "timestamp"
fields = { sensor_id = "string", timestamp = "timestamp", temperature = "duble", humidity = "double" }
unknown = "kep"

[source.Devices]
kind = "simulater"
stream = "reading"
rate = "${RATE}"

[summary.per_minute]
stream = "readings"
every = "1x"
values = { a = "avg(sensor_id)" }

[server]
listn = "0.0.0.0:80"
)toml";
  EXPECT_THAT(Errors(text),
              ElementsAre("1:1 unknown key `memry`, did you mean `memory`?",
                          "3:7 stream `readings` has no field `sensor`",
                          "5:73 unknown type \"duble\", did you mean \"double\"?",
                          "6:11 `unknown` cannot be \"kep\", did you mean \"keep\"?",
                          "8:9 `Devices` cannot be a name",
                          "9:8 unknown kind \"simulater\", did you mean \"simulator\"?",
                          "10:10 there is no stream `reading`, did you mean `readings`?",
                          "11:8 variable `RATE` is not set", "15:9 `every` must be a duration, not '1x'",
                          "16:16 avg(sensor_id) needs an int or a double, and `sensor_id` is a string",
                          "19:1 unknown key `listn`, did you mean `listen`?"));
}

TEST(PipelineFile, HasItsErrorsPrintedALineEach) {
  const std::string text = kPlant + "[log]\nmax_bytes = 5MB\n";
  EXPECT_THAT(FormatDiagnostics(Load(text).errors), testing::StartsWith("/etc/plant/p.toml:12:14: error: "));
  EXPECT_EQ(FormatDiagnostics(
                Load(kPlant + "[server]\nlistn = 1\n[log]\nmax_bytes = \"5MB\"\nkind = \"kafak\"").errors),
            "/etc/plant/p.toml:12:1: error: unknown key `listn`, did you mean `listen`? hint: known keys are "
            "listen and "
            "insecure\n"
            "/etc/plant/p.toml:13:2: error: `brokers` is missing hint: addresses of the brokers\n"
            "/etc/plant/p.toml:14:1: error: unknown key `max_bytes` hint: known keys are kind, brokers, "
            "password and "
            "password_file\n"
            "/etc/plant/p.toml:15:8: error: unknown kind \"kafak\", did you mean \"kafka\"? hint: kinds are "
            "embedded and "
            "kafka\n");
}

TEST(PipelineFile, ThatCannotBeReadIsAnError) {
  const LoadOutcome outcome = LoadPipeline("/nowhere/p.toml", {}, TestKinds(), SystemFiles());
  ASSERT_EQ(outcome.errors.size(), 1u);
  EXPECT_THAT(FormatDiagnostic(outcome.errors[0]),
              testing::StartsWith("/nowhere/p.toml: error: cannot be read: "));
}

TEST(PipelineFile, IsReadFromDiskUpToAMebibyte) {
  const TempDir dir;
  EXPECT_TRUE(LoadPipeline(dir.Write("p.toml", kPlant), {}, TestKinds(), SystemFiles()).ok());
  const std::string large = kPlant + "#" + std::string(kMaxPipelineFile, 'x');
  EXPECT_FALSE(LoadPipeline(dir.Write("large.toml", large), {}, TestKinds(), SystemFiles()).ok());
}

TEST(ShownPipeline, HasDefaultsAndNoSecrets) {
  const std::string text =
      kPlant + "[source.in]\nkind = \"http\"\nstream = \"readings\"\ntoken = \"hunter2\"\n";
  const std::string shown = ShowPipeline(Load(text).spec, TestKinds());
  EXPECT_THAT(shown, HasSubstr("[source.in]\nkind = \"http\"\nstream = \"readings\"\n"));
  EXPECT_THAT(shown, HasSubstr("token = \"***\""));
  EXPECT_THAT(shown, HasSubstr("[log]\nkind = \"embedded\"\nmax_bytes = \"10GiB\""));
  EXPECT_THAT(shown, testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace sluice
