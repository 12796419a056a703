#include "config/summaries.h"

#include <gmock/gmock.h>

#include "config/test_kinds.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

// A file whose summary has these lines from line 12 on.
std::string Summary(const std::string& lines) { return kPlant + "[summary.m]\n" + lines + "\n"; }
const std::string kEvery = "stream = \"readings\"\nevery = \"1h\"\n";
const std::string kValues = "values = { n = \"count(*)\" }\n";

SummarySpec GoodSummary(const std::string& lines) {
  const LoadOutcome outcome = Load(Summary(lines));
  EXPECT_EQ(FormatDiagnostics(outcome.errors), "");
  return outcome.spec.summaries.at(0);
}
std::vector<std::string> BadSummary(const std::string& lines) { return Errors(Summary(lines)); }

TEST(Summary, HasTheDefaultsOfTheContract) {
  const SummarySpec summary = GoodSummary(kEvery + kValues);
  EXPECT_EQ(summary.align, Align::epoch);
  EXPECT_EQ(summary.start_name, "interval_start");
  EXPECT_EQ(summary.end_name, "interval_end");
  EXPECT_FALSE(summary.hop || summary.retain);
  EXPECT_TRUE(summary.by.empty() && summary.where.empty());
}

TEST(Summary, TakesAllItsOptions) {
  const SummarySpec summary =
      GoodSummary(kEvery + R"toml(values = { z = "avg(temperature)", a = "max(count)" }
hop = "10m"
by = ["sensor_id"]
where = "temperature is not null"
align = "hour"
names = { start = "from" }
retain = "365d")toml");
  EXPECT_EQ(summary.values[0], (SummaryValue{"z", Aggregate::avg, "temperature"}));
  EXPECT_EQ(summary.values[1].column, "a");
  EXPECT_EQ(summary.start_name, "from");
  EXPECT_EQ(summary.end_name, "interval_end");
  EXPECT_EQ(summary.retain, std::chrono::hours(24 * 365));
}

TEST(Summary, TakesItsIntervalFromTheEnvironment) {
  Environment environment;
  ASSERT_TRUE(environment.AddDotenv(".env", "MINUTES=30").empty());
  const auto every = [&](const std::string& text) {
    const std::string lines = "stream = \"readings\"\nevery = \"" + text + "m\"\n" + kValues;
    return Load(Summary(lines), environment).spec.summaries.at(0).every;
  };
  EXPECT_EQ(every("${MINUTES:-15}"), std::chrono::minutes(30));
  EXPECT_EQ(every("${OTHER:-15}"), std::chrono::minutes(15));
}

TEST(Summary, NeedsAStreamAWindowAndValues) {
  EXPECT_THAT(BadSummary(""), ElementsAre("11:10 `every` is missing", "11:10 `stream` is missing",
                                          "11:10 `values` is missing"));
  EXPECT_THAT(BadSummary(kEvery + "values = {}"),
              ElementsAre("14:10 `values` must be a table with a column or more"));
}

TEST(Summary, NamesAStreamThatExists) {
  EXPECT_THAT(BadSummary("stream = \"raedings\"\nevery = \"1h\"\n" + kValues),
              ElementsAre("12:10 there is no stream `raedings`, did you mean `readings`?"));
}

TEST(Summary, NamesFieldsThatExist) {
  EXPECT_THAT(BadSummary(kEvery + "values = { a = \"avg(temprature)\" }\nby = [\"room\"]"),
              ElementsAre("14:16 stream `readings` has no field `temprature`, did you mean `temperature`?",
                          "15:7 stream `readings` has no field `room`"));
}

TEST(Summary, AveragesNumbersOnly) {
  for (const char* function : {"avg", "sum", "stddev"}) {
    for (const char* field : {"sensor_id", "timestamp", "ok", "more"}) {
      EXPECT_THAT(
          BadSummary(fmt::format("{}values = {{ a = \"{}({})\" }}", kEvery, function, field)),
          ElementsAre(StartsWith(fmt::format("14:16 {}({}) needs an int or a double", function, field))));
    }
    EXPECT_THAT(BadSummary(fmt::format("{}values = {{ a = \"{}(count)\" }}", kEvery, function)), IsEmpty());
  }
}

TEST(Summary, TakesExtremesOfWhatHasAnOrder) {
  EXPECT_THAT(BadSummary(kEvery + "values = { a = \"min(sensor_id)\", b = \"max(timestamp)\" }"), IsEmpty());
  EXPECT_THAT(BadSummary(kEvery + "values = { a = \"min(ok)\", b = \"max(more)\" }"),
              ElementsAre("14:16 min(ok) needs values that have an order, and `ok` is a bool",
                          "14:31 max(more) needs values that have an order, and `more` is a json"));
}

TEST(Summary, CountsFirstsAndLastsOfEveryType) {
  EXPECT_THAT(BadSummary(kEvery + "values = { a = \"count(more)\", b = \"first(ok)\", c = \"last(more)\" }"),
              IsEmpty());
}

TEST(Summary, RefusesUnknownFunctions) {
  EXPECT_THAT(BadSummary(kEvery + "values = { a = \"median(temperature)\", b = 5 }"),
              ElementsAre(StartsWith("14:16 'median(temperature)' is not one of avg(f), "),
                          "14:43 `values.b` must be a string, not '5'"));
}

TEST(Summary, HopsNoFurtherThanItsWindow) {
  EXPECT_THAT(BadSummary(kEvery + kValues + "hop = \"61m\""),
              ElementsAre(StartsWith("15:7 `hop` (61m) is longer than `every` (1h)")));
  EXPECT_THAT(BadSummary(kEvery + kValues + "hop = \"7m\""), IsEmpty());
  EXPECT_THAT(BadSummary(kEvery + kValues + "hop = \"1ms\""),
              ElementsAre("15:7 one reading would be in more than 10,000 windows"));
  EXPECT_THAT(BadSummary(kEvery + kValues + "hop = \"0s\""),
              ElementsAre("15:7 `hop` must be at least \"1ms\", not \"0s\""));
}

TEST(Summary, JudgesNothingByALengthThatIsFaultyOrMissing) {
  const std::string stream = "stream = \"readings\"\n" + kValues + "hop = \"7m\"\nalign = \"hour\"\n";
  EXPECT_THAT(BadSummary(stream + "every = \"15\""),
              ElementsAre("16:9 `every` must be a duration, not '15'"));
  EXPECT_THAT(BadSummary(stream), ElementsAre("11:10 `every` is missing"));
}

TEST(Summary, RestartsEachHourOnlyWithShortWindows) {
  EXPECT_THAT(BadSummary("stream = \"readings\"\nevery = \"2h\"\nalign = \"hour\"\n" + kValues),
              ElementsAre("14:9 windows of 2h cannot restart each hour"));
}

TEST(Summary, HasNoColumnTwice) {
  EXPECT_THAT(
      BadSummary(
          kEvery +
          "values = { Sensor_Id = \"count(*)\", interval_start = \"count(*)\" }\nby = [\"sensor_id\"]"),
      ElementsAre("14:12 the summary has two columns `Sensor_Id`",
                  "14:36 the summary has two columns `interval_start`"));
}

TEST(Summary, HasColumnsThatADatabaseCanHold) {
  EXPECT_THAT(
      BadSummary(kEvery + "values = { \"a(b)\" = \"count(*)\" }\nnames = { start = \"\" }"),
      ElementsAre("14:12 `a(b)` cannot be the name of a column", "15:19 `` cannot be the name of a column"));
}

TEST(Summary, GroupsByAnythingButJson) {
  EXPECT_THAT(BadSummary(kEvery + kValues + "by = [\"ok\", \"more\"]"),
              ElementsAre("15:13 `by` cannot group by `more`, which is json"));
}

TEST(Summary, LetsTheStoreJudgeItsCondition) {
  ComponentKinds kinds = TestKinds();
  kinds.stores.front().check_where = [](const StreamSpec&, const std::string& where) {
    return Status::Reject("no SQL: " + where);
  };
  EXPECT_THAT(Errors(Summary(kEvery + kValues + "where = \"(\""), {}, kinds),
              ElementsAre("15:9 `where`: no SQL: ("));
  EXPECT_THAT(Errors(Summary(kEvery + kValues), {}, kinds), IsEmpty());
}

}  // namespace
}  // namespace sluice
