// Values at the edge of what their types hold, and keys that are no text: none of them stops a store (rule
// D15).
#include <fmt/format.h>

#include "codecs/codec.h"
#include "contract/stores.h"
#include "platform/random.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

// A stream with a field of every type, fed by lines of JSON.
class StoreValues : public StoreContract {
 protected:
  StoreValues() {
    StreamSpec& stream = shape_.streams[0];
    stream.fields = {{"device", FieldType::integer, true},
                     {"timestamp", FieldType::timestamp, true},
                     {"site", FieldType::text},
                     {"whole", FieldType::integer},
                     {"real", FieldType::number},
                     {"flag", FieldType::boolean},
                     {"at", FieldType::timestamp},
                     {"note", FieldType::json}};
  }
  Batch Decode(const std::vector<std::string>& readings) {
    std::string lines;
    for (const std::string& reading : readings) {
      lines += "{\"device\":7,\"timestamp\":\"2025-10-09T12:00:00Z\"," + reading + "}\n";
    }
    const auto decoder = MakeDecoder(CodecKind::ndjson, shape_.streams[0], {});
    BatchBuilder builder(shape_.streams[0]);
    EXPECT_TRUE((*decoder)->Decode(lines, true, builder).ok());
    Batch batch = builder.Finish();
    EXPECT_TRUE(batch.dead.empty()) << batch.dead.front().reason;
    return batch;
  }
  void KeepLines(const std::vector<std::string>& readings, PartitionId partition = 0) {
    ASSERT_EQ(Commit({SpanOfBatch(Decode(readings), partition)}), CommitOutcome::done)
        << last_.status.message();
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, StoreValues, ::testing::ValuesIn(AllStores()),
                         [](const auto& store) { return store.param.name; });

TEST_P(StoreValues, AtTheEdgesOfTheirTypesComeBackAsTheyWere) {
  std::string controls, nested = "1";
  for (int c = 1; c < 0x20; ++c) controls += fmt::format("\\u{:04x}", c);
  for (int level = 2; level < 32; ++level)
    nested = level % 2 == 0 ? "[" + nested + "]" : "{\"a\":" + nested + "}";
  Open();
  const Batch batch =
      Decode({R"("whole":9223372036854775807,"real":1.7976931348623157e308,"site":"")",
              R"("whole":-9223372036854775808,"real":-1.7976931348623157e308,"site":" ")",
              R"("real":4.9406564584124654e-324,"at":"0001-01-01T00:00:00Z","note":"")",
              R"("real":2.2250738585072014e-308,"at":"9999-12-31T23:59:59.999999Z","note":null)",
              R"("real":-0.0,"site":")" + controls + R"(\u007f\u0080\uffff","note":{})",
              R"("real":0.1,"site":")" + std::string(1 << 20, 'x') + R"(","note":)" + nested,
              R"("flag":false,"note":")" + controls + R"(\\\"")"});
  ASSERT_EQ(Commit({SpanOfBatch(batch)}), CommitOutcome::done) << last_.status.message();
  const auto answer = *store_->Readings({.stream = "readings"});
  const int64_t count = batch.rows->num_rows();
  ASSERT_EQ(answer->num_rows(), count);
  const auto exact = arrow::EqualOptions::Defaults().signed_zeros_equal(false);
  for (const auto& field : batch.rows->schema()->fields()) {
    for (int64_t row = 0; row < count; ++row) {
      const auto sent = *batch.rows->GetColumnByName(field->name())->GetScalar(row);
      const auto back = *answer->GetColumnByName(field->name())->GetScalar(count - 1 - row);
      EXPECT_TRUE(back->Equals(*sent, exact))
          << field->name() << " of " << row << ": " << sent->ToString().substr(0, 99) << " came back as "
          << back->ToString().substr(0, 99);
    }
  }
}

TEST_P(StoreValues, KeysOfTwoThousandBytesAreFoundAgain) {
  shape_.streams = {ReadingsStream()};
  Open();
  Random random(1);
  std::string key;  // that no compression makes shorter
  while (key.size() < 2'000) key += static_cast<char>('!' + random.Below(90));
  Keep({{key, kNoon, 1, 0}});
  EXPECT_EQ(Temperatures({.stream = "readings", .key = key}), std::vector<double>{1});
}

class PostgresValues : public StoreContract {};
INSTANTIATE_TEST_SUITE_P(Stores, PostgresValues, ::testing::Values(PostgresStores()),
                         [](const auto& store) { return store.param.name; });

TEST_P(PostgresValues, ALongerKeyIsRefusedAloneBecauseNoIndexTakesIt) {
  shape_.streams = {ReadingsStream()};
  Open();
  const Span span = SpanOf({{"a", kNoon, 1, 0}, {std::string(2'001, 'k'), kNoon, 2, 0}, {"b", kNoon, 3, 0}});
  EXPECT_EQ(Commit({span}), CommitOutcome::reject);
  EXPECT_THAT(last_.rejected, ElementsAre(Refusal{SeatOf(0), 1}));
}

TEST_P(StoreValues, ReadingsWithoutTheGroupsFieldAreAGroupOfTheirOwn) {
  Summarise("s", 1min, {{"n", "count(*)"}}, {"site"});
  Open();
  KeepLines({R"("site":null)", R"("site":"")", R"("whole":1)"});
  KeepLines({R"("whole":2)", R"("site":"x")"});
  EXPECT_EQ(Ask("SELECT coalesce(site, 'null'), n FROM s ORDER BY 1"), "|1\nnull|3\nx|1");
}

TEST_P(StoreValues, TheLargestIntegersAddUpExactly) {
  Summarise("s", 1min, {{"s", "sum(whole)"}, {"a", "avg(whole)"}, {"d", "stddev(whole)"}});
  Open();
  KeepLines({R"("whole":9223372036854775807)", R"("whole":9223372036854775807)"});
  KeepLines({R"("whole":9223372036854775807)"}, 1);
  EXPECT_EQ(Ask("SELECT s::VARCHAR, d FROM s"), "27670116110564327421|0");
  KeepLines({R"("whole":-9223372036854775808)", R"("whole":-9223372036854775808)"});
  EXPECT_EQ(Ask("SELECT s::VARCHAR FROM s"), "9223372036854775805");
  const auto stats = store_->Stats({.stream = "readings", .from = kNoon, .to = kNoon + 1s});
  EXPECT_EQ(stats->all.fields.at("whole").max, FieldStats::Extreme(INT64_MAX));
}

TEST_P(StoreValues, SumsOfHugeNumbersDoNotDependOnTheOrderOfCommits) {
  Summarise("s", 1min, {{"s", "sum(real)"}, {"a", "avg(real)"}, {"d", "stddev(real)"}});
  Open();
  for (const char* value : {"1e308", "1e308", "1e308", "-1e308", "-1e308"}) {
    KeepLines({std::string("\"real\":") + value});
  }
  EXPECT_EQ(Ask("SELECT abs(s / 1e308 - 1) < 1e-9, abs(a / 2e307 - 1) < 1e-9, d IS NULL FROM s"),
            "true|true|true");
}

TEST_P(StoreValues, EveryTypeHasALeastAGreatestAFirstAndALast) {
  for (const char* field : {"flag", "site", "at", "note"}) {
    const auto of = [&](const char* function) { return std::string(function) + "(" + field + ")"; };
    Summarise(
        std::string("s_") + field, 1min,
        {{"lo", of("min")}, {"hi", of("max")}, {"f", of("first")}, {"l", of("last")}, {"n", of("count")}});
  }
  Open();
  KeepLines({R"("flag":true,"site":"b","at":"2000-01-01T00:00:00Z","note":{"x":[1]})", R"("whole":1)"});
  KeepLines({R"("flag":false,"site":"🌡️","at":"1900-01-01T00:00:00Z","note":"t")"});
  EXPECT_EQ(Ask("SELECT lo, hi, f, l, n FROM s_flag"), "false|true|true|false|2");
  EXPECT_EQ(Ask("SELECT lo, hi, f, l, n FROM s_site"), "b|🌡️|b|🌡️|2");
  EXPECT_EQ(Ask("SELECT year(lo), year(hi), year(f), year(l), n FROM s_at"), "1900|2000|2000|1900|2");
  EXPECT_EQ(Ask("SELECT f, l, n FROM s_note"), R"({"x":[1]}|"t"|2)");
}

TEST_P(StoreValues, WholeNumbersAreKeysAsTheyAreWritten) {
  Open();
  KeepLines({R"("real":1)"});
  auto keys = store_->Keys({.stream = "readings"});
  ASSERT_TRUE(keys.ok()) << keys.status().message();
  EXPECT_EQ((*keys)->column(0)->GetScalar(0).ValueOrDie()->ToString(), "7");
  EXPECT_EQ((*store_->Readings({.stream = "readings", .key = "7"}))->num_rows(), 1);
  EXPECT_EQ(
      store_->Stats({.stream = "readings", .from = kNoon, .to = kNoon + 1s, .by_key = true})->keys.count("7"),
      1u);
}

TEST_P(StoreValues, KeysOfOtherTypesAreRefused) {
  for (const int field : {4, 5, 6, 7}) {
    shape_.streams[0].key = field;
    EXPECT_THAT(OpenFails().message(), HasSubstr("a key must be a string or an int")) << field;
  }
}

TEST_P(StoreValues, ListsOfKeysAndTheirStatisticsGoOnBehindAKey) {
  shape_.streams = {ReadingsStream()};
  Open();
  Keep({{"", kNoon, 1, 0}, {"a", kNoon, 1, 0}, {"b", kNoon, 1, 0}, {"c", kNoon, 1, 0}});
  EXPECT_EQ((*store_->Keys({.stream = "readings", .limit = 2}))->num_rows(), 2);
  EXPECT_EQ((*store_->Keys({.stream = "readings", .after = ""}))->num_rows(), 3);
  StatsQuery query{
      .stream = "readings", .from = kNoon, .to = kNoon + 1s, .by_key = true, .after = "a", .limit = 1};
  const auto stats = store_->Stats(query);
  EXPECT_EQ(stats->all.readings, 4);
  ASSERT_EQ(stats->keys.size(), 1u);
  EXPECT_EQ(stats->keys.begin()->first, "b");
}

TEST_P(StoreValues, DeadLettersAreListedByTheFirstOfTheirBytes) {
  Open();
  Span span = SpanOfBatch(Decode({}));
  for (int i = 0; i < 3; ++i)
    span.dead.push_back(MakeDeadEntry(i, "bad", "source.x", std::string(50'000, 'x')));
  span.next = 3;
  span.terms = {.dead = 3};
  ASSERT_EQ(Commit({span}), CommitOutcome::done) << last_.status.message();
  const auto page = store_->DeadLetters({.limit = 2});
  ASSERT_EQ(page->size(), 2u);
  EXPECT_EQ(page->front().entry.bytes.size(), 1'024u);
  EXPECT_EQ(page->front().entry.length, 50'000);
  const auto rest = store_->DeadLetters({.after = page->back().id, .bytes = kDeadBytesKept});
  ASSERT_EQ(rest->size(), 1u);
  EXPECT_EQ(rest->front().entry.bytes.size(), 50'000u);
  EXPECT_EQ(store_->DeadLetters({.bytes = 0})->front().entry.bytes, "");
}

TEST_P(StoreValues, WindowsMayBeginBeforeTheYearsThatReadingsBear) {
  shape_.streams = {ReadingsStream()};
  Summarise("hops", 10min, {{"n", "count(*)"}}).hop = 5min;
  Open();
  Keep({{"a", kMinTime, 1, 0}, {"a", kMaxTime, 1, 0}}, 0, kMaxTime);
  EXPECT_EQ(Ask("SELECT count(*), sum(n)::BIGINT FROM hops"), "4|4");
  EXPECT_EQ((*store_->Windows({.summary = "hops"}))->num_rows(), 4);
}

TEST_P(StoreValues, SaysInWhichPartitionTheRefusedRowsAre) {
  shape_.streams = {ReadingsStream(4)};
  shape_.streams[0].fields[0].type = FieldType::json;
  shape_.streams[0].key = std::nullopt;
  Open();
  const Span good = SpanOf({{"1", kNoon, 1, 0}, {"2", kNoon, 1, 0}}, 0);
  const Span bad = SpanOf({{"1", kNoon, 1, 0}, {"{bad", kNoon, 1, 0}}, 1);
  EXPECT_EQ(Commit({good, bad}), CommitOutcome::reject);
  EXPECT_THAT(last_.rejected, ElementsAre(Refusal{SeatOf(1), 1}));
  EXPECT_EQ(Commit({good}), CommitOutcome::done);
}

}  // namespace
}  // namespace sluice
