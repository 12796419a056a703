// The API over the real store: what DuckDB hands out is what clients read.
#include "api/test_fixture.h"
#include "core/json_text.h"
#include "sinks/store/duckdb/duckdb_store.h"

namespace sluice::api {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class StoreBehindApi : public ApiTest {
 protected:
  StoreBehindApi() {
    SummarySpec minutes;
    minutes.name = "minutes";
    minutes.stream = "readings";
    minutes.every = std::chrono::minutes(1);
    minutes.by = {"sensor_id"};
    minutes.values = {{"avg_temperature", Aggregate::avg, "temperature"}, {"readings", Aggregate::count, ""}};
    summaries = {minutes};
    auto opened = OpenDuckDbStore({.in_memory = true, .shape = {streams, summaries, {}}, .clock = &clock});
    EXPECT_TRUE(opened.ok());
    real = *std::move(opened);
    EXPECT_TRUE(RegisterApi(routes, {streams, summaries, real.get(), &live, clock, actions, "1"}).ok());
    router = routes;
  }

  void Store(const Batch& batch, PartitionId partition) {
    const Seat seat{"store.readings", "readings", partition};
    const SeatState state = *real->Claim(seat, "a1", 0);
    const Slice slice = AsSlice(streams[0], batch, state.next, start, partition);
    const Span span{.seat = seat,
                    .epoch = state.epoch,
                    .from = slice.first,
                    .next = slice.next,
                    .rows = slice.rows,
                    .terms = {.stored = batch.Count()}};
    const CommitOutcome outcome = real->Commit(std::span(&span, 1));
    ASSERT_EQ(outcome.kind, CommitOutcome::done) << outcome.status.message();
  }
  std::string Sql(const std::string& query) {
    const auto answer = Post("/api/sql", "{\"query\":" + JsonText(query) + "}");
    const size_t rows = answer.body.find("\"rows\":");
    return rows == std::string::npos ? answer.body : answer.body.substr(rows + 7);
  }

  std::unique_ptr<sluice::Store> real;
  http::Router routes;
};

TEST_F(StoreBehindApi, PagesShowEveryReadingOnceAndTiesByPosition) {
  std::vector<Reading> ties;
  for (int i = 0; i < 5; ++i) ties.push_back({"a", start, double(i), 0});
  Store(ReadingsBatch(ties), 0);
  Store(ReadingsBatch(ties), 1);
  std::string seen;
  std::string target = "/data/latest?limit=3";
  for (int page = 1; page <= 4; ++page) {
    const auto answer = Get(target);
    for (size_t at = answer.body.find("ure\":"); at != std::string::npos;
         at = answer.body.find("ure\":", at + 1)) {
      seen += answer.body[at + 5];
    }
    const std::string link = HeaderOf(answer, "link");
    EXPECT_EQ(link.empty(), page == 4);
    if (!link.empty()) target = link.substr(1, link.find('>') - 1);
  }
  EXPECT_EQ(seen, "4321043210");
}

TEST_F(StoreBehindApi, ReadingsKeysStatisticsAndWindowsHaveTheShapesOfTheContract) {
  Store(ReadingsBatch(
            {{"a", start - std::chrono::hours(1), 20, 40}, {"b", start - std::chrono::hours(1), 22, 60}}),
        0);
  EXPECT_EQ(Get("/data/by-sensor/b").body,
            R"([{"sensor_id":"b","timestamp":"2025-10-09T07:53:20Z","temperature":22,"humidity":60}])");
  EXPECT_EQ(Get("/data/by-sensor/c").body, "[]");
  EXPECT_THAT(
      Get("/api/streams/readings/keys").body,
      StartsWith(
          R"([{"key":"a","first":"2025-10-09T07:53:20Z","last":"2025-10-09T07:53:20Z","readings":1},)"));
  EXPECT_THAT(Get("/data/stats").body,
              HasSubstr(R"("readings":2,"fields":{"humidity":{"count":2,"min":40,"max":60,)"));
  EXPECT_THAT(Get("/api/summaries/minutes?key=a").body,
              StartsWith(R"([{"interval_start":"2025-10-09T07:53:00Z","interval_end":"2025-10-09T07:54:00Z",)"
                         R"("sensor_id":"a","avg_temperature":20,"readings":1}])"));
}

TEST_F(StoreBehindApi, SqlAnswersKeepEveryDigit) {
  EXPECT_THAT(Sql("SELECT 170141183460469231731687303715884105727::HUGEINT"),
              StartsWith("[[170141183460469231731687303715884105727]]"));
  EXPECT_THAT(Sql("SELECT sum(x) FROM (SELECT 9223372036854775807 x FROM range(3))"),
              StartsWith("[[27670116110564327421]]"));
  EXPECT_THAT(Sql("SELECT 18446744073709551615::UBIGINT, 1.50::DECIMAL(5,2), 0.1::DOUBLE"),
              StartsWith("[[18446744073709551615,1.50,0.1]]"));
  EXPECT_THAT(Sql("SELECT 'nan'::DOUBLE, '-inf'::FLOAT, NULL"), StartsWith("[[null,null,null]]"));
}

TEST_F(StoreBehindApi, SqlAnswersTimesInUtc) {
  EXPECT_THAT(Sql("SELECT TIMESTAMPTZ '2025-10-09 10:53:20.5+02', DATE '2025-10-09', TIME '01:02:03'"),
              StartsWith(R"([["2025-10-09T08:53:20.500000Z","2025-10-09","01:02:03"]])"));
  EXPECT_THAT(Sql("SELECT 'infinity'::TIMESTAMP"), StartsWith("[[null]]"));
}

TEST_F(StoreBehindApi, SqlAnswersOfOtherTypesAreJson) {
  EXPECT_THAT(Sql("SELECT [1, 2], {'a': 1, 'b': 'x'}, MAP {'k': 1}"),
              StartsWith(R"([[[1,2],{"a":1,"b":"x"},{"k":1}]])"));
  EXPECT_THAT(Sql("SELECT '\\xFF'::BLOB"), StartsWith("[[\"/w==\"]]"));
  EXPECT_THAT(Sql("SELECT '00000000-0000-0000-0000-0000000000ff'::UUID"),
              StartsWith(R"([["00000000-0000-0000-0000-0000000000ff"]])"));
  EXPECT_THAT(Sql("SELECT 'on'::ENUM('off', 'on')"), StartsWith(R"([["on"]])"));
}

TEST_F(StoreBehindApi, SqlThatIsWrongSaysWhy) {
  EXPECT_EQ(Post("/api/sql", R"({"query":"SELECT nope"})").status, 400);
  EXPECT_THAT(Sql("SELECT nope FROM readings"), HasSubstr("nope"));
  EXPECT_EQ(Post("/api/sql", R"({"query":"DROP TABLE readings"})").status, 400);
  EXPECT_EQ(Post("/api/sql", R"({"query":"SELECT ?","params":[]})").status, 400);
}

TEST_F(StoreBehindApi, TheEmptyKeyIsAKeyLikeOthers) {
  Store(ReadingsBatch({{"", start - std::chrono::hours(1), 20, 40}, {"a", start, 22, 60}}), 0);
  EXPECT_THAT(Get("/api/streams/readings/by-key/").body, StartsWith(R"([{"sensor_id":"","timestamp")"));
  EXPECT_EQ(Get("/data/by-sensor/").body, Get("/api/streams/readings/range?key=").body);
  EXPECT_EQ(Get("/api/streams//latest").status, 404);
}

TEST_F(StoreBehindApi, SqlTakesParams) {
  EXPECT_THAT(Post("/api/sql", R"({"query":"SELECT ? + 1, ? || 'y'","params":[41,"x"]})").body,
              HasSubstr(R"("rows":[[42,"xy"]])"));
}

}  // namespace
}  // namespace sluice::api
