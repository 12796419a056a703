#include "contract/stores.h"
#include "platform/random.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, ::testing::ValuesIn(AllStores()),
                         [](const auto& store) { return store.param.name; });

TEST_P(StoreContract, KeepsRowsAndPositionOfACommitOverAReopen) {
  Open();
  Keep({{"a", kNoon, 1, 2}, {"b", kNoon + 1s, 3, 4}});
  Open();
  EXPECT_EQ(Rows(), 2);
  const SeatState state = Claim();
  EXPECT_EQ(state.next, 2);
  EXPECT_EQ(state.log_id, "log-1");
  EXPECT_EQ(state.terms.stored, 2);
}

TEST_P(StoreContract, AClaimFencesTheOlderOne) {
  Open();
  const Span old = SpanOf({{"a", kNoon, 1, 2}});
  Claim();
  EXPECT_EQ(Commit({old}), CommitOutcome::lost);
  EXPECT_EQ(Rows(), 0);
}

TEST_P(StoreContract, ARepeatedCommitIsLostAndStoresNothingTwice) {
  Open();
  const Span span = SpanOf({{"a", kNoon, 1, 2}});
  EXPECT_EQ(Commit({span}), CommitOutcome::done);
  EXPECT_EQ(Commit({span}), CommitOutcome::lost);
  EXPECT_EQ(Rows(), 1);
}

TEST_P(StoreContract, OneLostSpanKeepsTheOthersOfTheCallOut) {
  Open();
  Span stale = SpanOf({{"a", kNoon, 1, 2}}, 1);
  stale.epoch = 99;
  EXPECT_EQ(Commit({SpanOf({{"b", kNoon, 1, 2}}, 0), stale}), CommitOutcome::lost);
  EXPECT_EQ(Rows(), 0);
  EXPECT_EQ(Claim(0).next, 0);
}

TEST_P(StoreContract, KeepsTermsAndStateOfEmptySpans) {
  Open();
  Span span = SpanOf({});
  span.next = 5;
  span.terms = {.gaps = 5};
  span.state = std::string("\0\xff state", 8);
  ASSERT_EQ(Commit({span}), CommitOutcome::done) << last_.status.message();
  const SeatState state = Claim();
  EXPECT_EQ(state.terms.gaps, 5);
  EXPECT_EQ(state.state, span.state);
}

TEST_P(StoreContract, ListsReadingsNewestFirstAndTiesByPartitionAndPosition) {
  Open();
  Keep({{"a", kNoon, 1, 0}, {"a", kNoon, 2, 0}, {"a", kNoon - 1s, 3, 0}}, 0);
  Keep({{"b", kNoon, 4, 0}}, 1);
  EXPECT_THAT(Temperatures({.stream = "readings"}), ElementsAre(4, 2, 1, 3));
  EXPECT_THAT(Temperatures({.stream = "readings", .before = Cursor{kNoon, 0, 1}}), ElementsAre(1, 3));
  EXPECT_THAT(Temperatures({.stream = "readings", .key = "a", .limit = 2}), ElementsAre(2, 1));
  EXPECT_THAT(Temperatures({.stream = "readings", .from = kNoon - 1s, .to = kNoon}), ElementsAre(3));
}

TEST_P(StoreContract, FindsReadingsFarApart) {
  Open();
  Keep({{"a", kNoon - 24h * 3650, 1, 0}, {"a", kNoon, 2, 0}, {"b", kNoon, 3, 0}});
  EXPECT_THAT(Temperatures({.stream = "readings", .key = "a", .limit = 50}), ElementsAre(2, 1));
  EXPECT_THAT(Temperatures({.stream = "readings", .key = "nobody"}), IsEmpty());
}

TEST_P(StoreContract, KeysWithQuotesAndEmojisAreOrdinaryKeys) {
  Open();
  for (const std::string key : {"it's", "\"; DROP TABLE readings; --", "🌡️", "%_\\"}) {
    Keep({{key, kNoon, 7, 0}});
    EXPECT_THAT(Temperatures({.stream = "readings", .key = key}), ElementsAre(7)) << key;
  }
}

TEST_P(StoreContract, AFastClockPoisonsNothing) {
  Open();
  Keep({{"a", kNoon, 1, 0}, {"a", kNoon + 24h, 2, 0}});
  EXPECT_THAT(Temperatures({.stream = "readings"}), ElementsAre(1));
  EXPECT_THAT(Temperatures({.stream = "readings", .key = "a"}), ElementsAre(1));
  EXPECT_THAT(Temperatures({.stream = "readings", .include_future = true}), ElementsAre(2, 1));
  EXPECT_EQ(store_->Stats({.stream = "readings", .from = kNoon - 1h, .to = kNoon + 48h})->all.readings, 1);
}

TEST_P(StoreContract, CountsStatisticsOfEachKey) {
  Open();
  Keep({{"a", kNoon, 1, 1e308}, {"a", kNoon, 3, 1e308}, {"b", kNoon, 10, -1e308}});
  const auto stats = store_->Stats({.stream = "readings", .from = kNoon, .to = kNoon + 1s, .by_key = true});
  ASSERT_TRUE(stats.ok()) << stats.status().message();
  EXPECT_EQ(stats->all.readings, 3);
  EXPECT_EQ(*stats->keys.at("a").fields.at("temperature").avg, 2);
  EXPECT_NEAR(*stats->keys.at("a").fields.at("temperature").stddev, 1.4142135623730951, 1e-12);
  EXPECT_EQ(*stats->keys.at("a").fields.at("humidity").avg, 1e308);
  EXPECT_EQ(stats->keys.at("a").fields.at("humidity").stddev, std::nullopt);
}

TEST_P(StoreContract, AViewHasExactlyTheColumnsAskedFor) {
  Summarise("minutes", 1min, {{"mean", "avg(temperature)"}, {"n", "count(*)"}}, {"sensor_id"}).start_name =
      "begin";
  Open();
  Keep({{"a", kNoon + 5s, 1, 0}, {"a", kNoon + 59s, 2, 0}, {"b", kNoon + 60s, 5, 0}});
  const auto windows = store_->Windows({.summary = "minutes"});
  ASSERT_TRUE(windows.ok()) << windows.status().message();
  EXPECT_THAT((*windows)->ColumnNames(), ElementsAre("begin", "interval_end", "sensor_id", "mean", "n"));
  EXPECT_EQ(Ask("SELECT sensor_id, mean, n FROM minutes ORDER BY \"begin\""), "a|1.5|2\nb|5|1");
}

TEST_P(StoreContract, LateReadingsMergeIntoTheirWindow) {
  Summarise("m", 1min,
            {{"n", "count(temperature)"},
             {"s", "sum(temperature)"},
             {"d", "stddev(temperature)"},
             {"lo", "min(temperature)"},
             {"hi", "max(temperature)"},
             {"f", "first(temperature)"},
             {"l", "last(temperature)"}});
  Open();
  Keep({{"a", kNoon + 9s, 2, 0}});
  Keep({{"b", kNoon + 3s, 4, 0}}, 1);
  Keep({{"a", kNoon + 6s, 9, 0}});
  EXPECT_EQ(Ask("SELECT n, s, round(d, 9), lo, hi, f, l FROM m"), "3|15|3.605551275|2|9|4|2");
}

// Random splits and orders of batches give the view that one batch gives.
TEST_P(StoreContract, AnySplitOfTheReadingsGivesTheSameSummary) {
  const std::vector<std::pair<std::string, std::string>> values = {
      {"n", "count(*)"},         {"a", "avg(temperature)"},
      {"s", "sum(temperature)"}, {"d", "stddev(temperature)"},
      {"lo", "min(humidity)"},   {"hi", "max(humidity)"},
      {"f", "first(humidity)"},  {"l", "last(humidity)"}};
  const uint64_t seed = RandomSeed();
  SCOPED_TRACE(seed);
  Random random(seed);
  std::vector<Reading> readings;
  for (int i = 0; i < 2000; ++i) {
    readings.push_back({"s" + std::to_string(random.Below(5)),
                        kNoon + Duration(int64_t(random.Below(600'000'000))), 1e6 + random.Normal(),
                        random.Normal()});
  }
  Summarise("split", 1min, values, {"sensor_id"});
  Open();
  for (size_t at = 0; at < readings.size();) {
    const size_t end = std::min(readings.size(), at + 1 + random.Below(400));
    Keep({readings.begin() + int64_t(at), readings.begin() + int64_t(end)}, PartitionId(random.Below(4)));
    at = end;
  }
  Summarise("whole", 1min, values, {"sensor_id"});
  Open();
  EXPECT_EQ(Ask("SELECT count(*) FROM split"), Ask("SELECT count(*) FROM whole"));
  EXPECT_EQ(
      Ask("SELECT count(*) FROM split a JOIN whole b USING (interval_start, interval_end, sensor_id) WHERE "
          "a.n <> b.n OR a.lo <> b.lo OR a.hi <> b.hi OR a.f <> b.f OR a.l <> b.l OR abs(a.a - b.a) > 1e-3 "
          "OR "
          "abs(a.s - b.s) > 1e-9 * 1e6 * a.n OR abs(a.d - b.d) > 1e-3"),
      "0");
}

TEST_P(StoreContract, HoppingWindowsHoldEachReadingOncePerWindow) {
  Summarise("hops", 10min, {{"n", "count(*)"}}).hop = 5min;
  Open();
  Keep({{"a", kNoon + 7min, 1, 0}});
  EXPECT_EQ(Ask("SELECT epoch_us(interval_start) - 1760011200000000, n FROM hops ORDER BY 1"),
            "0|1\n300000000|1");
}

TEST_P(StoreContract, WindowsAlignedToTheHourRestartAndAreCutThere) {
  Summarise("cut", 25min, {{"n", "count(*)"}}).align = Align::hour;
  Open();
  Keep({{"a", kNoon + 55min, 1, 0}, {"a", kNoon + 61min, 1, 0}}, 0, kNoon + 2h);
  EXPECT_EQ(Ask("SELECT (epoch_us(interval_start) - 1760011200000000) // 60000000, "
                "(epoch_us(interval_end) - 1760011200000000) // 60000000, n FROM cut ORDER BY 1"),
            "50|60|1\n60|85|1");
}

TEST_P(StoreContract, WindowsBeforeTheEpochStartBelowTheirReadings) {
  Summarise("old", 1min, {{"n", "count(*)"}});
  Open();
  Keep({{"a", FromMicros(-1), 1, 0}});
  EXPECT_EQ(Ask("SELECT epoch_us(interval_start) FROM old"), "-60000000");
}

TEST_P(StoreContract, WhereTakesReadingsAndNeverRaises) {
  Summarise("hot", 1min, {{"n", "count(*)"}}).where = "temperature > 10 -- hot";
  Summarise("odd", 1min, {{"n", "count(*)"}}).where = "CAST(sensor_id AS INTEGER) > 3";
  Open();
  Keep({{"7", kNoon, 20, 0}, {"not a number", kNoon, 5, 0}});
  EXPECT_EQ(Ask("SELECT n FROM hot"), "1");
  EXPECT_EQ(Ask("SELECT n FROM odd"), "1");
}

TEST_P(StoreContract, AWhereThatIsNoConditionIsRefusedAtOpen) {
  Summarise("bad", 1min, {{"n", "count(*)"}}).where = "nonsense > 3";
  EXPECT_THAT(OpenFails().message(), HasSubstr("summary 'bad'"));
}

TEST_P(StoreContract, NoValueStopsASummary) {
  Summarise("x", 1min, {{"s", "sum(temperature)"}, {"a", "avg(temperature)"}, {"d", "stddev(temperature)"}});
  Open();
  Keep({{"a", kNoon, 1e308, 0}, {"a", kNoon, 1e308, 0}});
  EXPECT_EQ(Ask("SELECT s IS NULL, a = 1e308, d IS NULL FROM x"), "true|true|true");
  Keep({{"a", kNoon, -1e308, 0}, {"a", kNoon, -1e308, 0}});
  EXPECT_EQ(Ask("SELECT s, a, d IS NULL FROM x"), "0|0|true");
}

TEST_P(StoreContract, ANewSummaryIsBuiltFromTheRowsThatAreThere) {
  Open();
  Keep({{"a", kNoon, 1, 0}, {"b", kNoon, 3, 0}});
  Summarise("late_one", 1min, {{"a", "avg(temperature)"}});
  Open();
  EXPECT_EQ(Ask("SELECT a FROM late_one"), "2");
  Keep({{"a", kNoon, 8, 0}});
  EXPECT_EQ(Ask("SELECT a FROM late_one"), "4");
}

TEST_P(StoreContract, AChangedSummaryIsRebuiltOrRefused) {
  Summarise("m", 1min, {{"n", "count(*)"}});
  shape_.retain = 24h;
  Open();
  Keep({{"a", kNoon, 1, 0}, {"a", kNoon + 90s, 1, 0}});
  shape_.summaries[0].every = 5min;
  Open();
  EXPECT_EQ(Ask("SELECT n FROM m"), "2");
  ASSERT_TRUE(store_->Maintain(kNoon + 48h).ok());
  shape_.summaries[0].every = 2min;
  EXPECT_THAT(OpenFails().message(), HasSubstr("sluice forget summary.m"));
}

TEST_P(StoreContract, AForgottenSummaryStartsAnew) {
  Summarise("m", 1min, {{"n", "count(*)"}});
  Open();
  Keep({{"a", kNoon, 1, 0}});
  ASSERT_TRUE(store_->Forget("summary.m").ok());
  EXPECT_EQ(Ask("SELECT n FROM m"), "1");
  EXPECT_EQ(store_->Forget("summary.other").code(), Code::reject);
}

// PostgreSQL takes whole days, so the readings lie days apart.
TEST_P(StoreContract, RetentionCountsWhatItTakes) {
  shape_.retain = 24h;
  Open();
  Keep({{"a", kNoon, 1, 0}, {"a", kNoon, 2, 0}});
  Keep({{"a", kNoon, 3, 0}}, 0, kNoon + 48h);
  ASSERT_TRUE(store_->Maintain(kNoon + 49h).ok());
  const auto counted = store_->CountRows("readings", 0, 0, 3);
  EXPECT_EQ(counted->rows, 1);
  EXPECT_EQ(counted->expired, 2);
}

TEST_P(StoreContract, ANewFieldBecomesAColumn) {
  Open();
  Keep({{"a", kNoon, 1, 0}});
  shape_.streams[0].fields.push_back({"pressure", FieldType::number});
  Open();
  EXPECT_EQ(Ask("SELECT count(*), count(pressure) FROM readings"), "1|0");
  EXPECT_THAT((*store_->Readings({.stream = "readings"}))->ColumnNames(),
              ElementsAre("sensor_id", "timestamp", "temperature", "humidity", "pressure"));
}

TEST_P(StoreContract, AnotherTypeOrKeyIsRefusedWithTheSqlToRun) {
  Open();
  shape_.streams[0].fields[2].type = FieldType::text;
  EXPECT_THAT(OpenFails().message(), HasSubstr("\"readings\" ALTER COLUMN \"temperature\" TYPE"));
  shape_.streams[0] = ReadingsStream(4);
  shape_.streams[0].key = std::nullopt;
  EXPECT_THAT(OpenFails().message(), HasSubstr("its key was 'sensor_id'"));
}

TEST_P(StoreContract, DeadLettersAreKeptListedAndDropped) {
  Open();
  Span span = SpanOf({});
  span.dead = {MakeDeadEntry(0, "no key", "source.x line 1", std::string("\0\xff", 2))};
  span.next = 1;
  span.terms = {.dead = 1};
  ASSERT_EQ(Commit({span}), CommitOutcome::done) << last_.status.message();
  const auto letters = store_->DeadLetters({.stream = "readings"});
  ASSERT_EQ(letters->size(), 1u);
  EXPECT_EQ((*letters)[0].entry.bytes, std::string("\0\xff", 2));
  EXPECT_EQ(store_->CountRows("readings", 0, 0, 1)->dead, 1);
  ASSERT_TRUE(store_->DropDeadLetters({(*letters)[0].id}).ok());
  EXPECT_THAT(*store_->DeadLetters({}), IsEmpty());
}

TEST_P(StoreContract, KeysListFirstLastAndCount) {
  Open();
  Keep({{"b", kNoon, 1, 0}, {"a", kNoon, 1, 0}, {"b", kNoon + 1s, 1, 0}});
  Keep({{"b", kNoon - 1s, 1, 0}});
  EXPECT_EQ(Ask("SELECT key, readings, epoch_us(last) - epoch_us(first) FROM sluice_key ORDER BY key"),
            "a|1|0\nb|3|2000000");
  EXPECT_EQ((*store_->Keys({.stream = "readings"}))->num_rows(), 2);
}

TEST_P(StoreContract, SqlMayEndInASemicolonAndWordsOfItsOwn) {
  Open();
  for (const char* text : {"SELECT 'a;b' AS x;", "SELECT 'a;b' AS x; -- all; of it", "SELECT 'a;b' AS x -- ;",
                           "SELECT 'a;b' AS x /* ; */ ; "}) {
    const auto answer = store_->Sql({.text = text});
    ASSERT_TRUE(answer.ok()) << text << ": " << answer.status().message();
    EXPECT_EQ(answer->rows->num_rows(), 1);
  }
}

TEST_P(StoreContract, SqlTakesParametersAndCutsLongAnswers) {
  Open();
  auto answer = store_->Sql({.text = "SELECT $1 + 1, $2", .params = {"41", "\"x'y\""}});
  ASSERT_TRUE(answer.ok()) << answer.status().message();
  EXPECT_EQ(TextOf(*answer->rows), "42|x'y");
  answer = store_->Sql({.text = "SELECT * FROM range(100000000)", .max_rows = 5000});
  EXPECT_EQ(answer->rows->num_rows(), 5000);
  EXPECT_TRUE(answer->truncated);
}

TEST_P(StoreContract, AnAnswerIsCutOnlyWhenARowIsMissing) {
  Open();
  const auto rows = [&](const std::string& text, int64_t max_rows, int64_t max_bytes) {
    const auto answer = store_->Sql({.text = text, .max_rows = max_rows, .max_bytes = max_bytes});
    if (!answer.ok()) return answer.status().message();
    const char* cut = answer->too_large ? " by size" : "";
    return std::to_string(answer->rows->num_rows()) + (answer->truncated ? " cut" : "") + cut;
  };
  EXPECT_EQ(rows("SELECT * FROM range(5000)", 5000, 64 << 20), "5000");
  EXPECT_EQ(rows("SELECT * FROM range(5001)", 5000, 64 << 20), "5000 cut");
  EXPECT_EQ(rows("SELECT repeat('x', 1000) FROM range(100)", 5000, 100'000), "100");
  EXPECT_EQ(rows("SELECT repeat('x', 1000) FROM range(101)", 5000, 100'000), "100 cut by size");
  EXPECT_EQ(rows("SELECT repeat('x', 1000) FROM range(101)", 5, 100'000), "5 cut");
  EXPECT_THAT(rows("SELECT repeat('x', 1000)", 5, 999), HasSubstr("row alone exceeds 999"));
}

TEST_P(StoreContract, NamesTheRowsTheDatabaseRefusesAndStoresNothingOfTheirBatch) {
  shape_.streams[0].fields[0].type = FieldType::json;
  shape_.streams[0].key = std::nullopt;
  Open();
  EXPECT_EQ(Commit({SpanOf({{"1", kNoon, 1, 0}, {"{bad", kNoon, 2, 0}, {"2", kNoon, 3, 0}})}),
            CommitOutcome::reject);
  EXPECT_THAT(last_.rejected, ElementsAre(Refusal{SeatOf(0), 1}));
  EXPECT_EQ(Rows(), 0);
  EXPECT_EQ(Commit({SpanOf(std::vector<Reading>(300, {"{bad", kNoon, 1, 0}))}), CommitOutcome::retry);
}

}  // namespace
}  // namespace sluice
