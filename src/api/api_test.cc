// The other routes, and what holds for all of them.
#include "api/api.h"

#include <set>

#include <simdjson.h>

#include "api/body.h"
#include "api/routes.h"
#include "api/test_fixture.h"

namespace sluice::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

bool IsJson(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(text).error() == simdjson::SUCCESS;
}

TEST_F(ApiTest, StatisticsAreOfTheLastDay) {
  store.stats.all.readings = 3;
  store.stats.all.fields["temperature"] = {2, 1.5, 2.5, 2, std::nullopt};
  EXPECT_EQ(
      Get("/data/stats").body,
      R"({"from":"2025-10-08T08:53:20Z","to":"2025-10-09T08:53:20Z","readings":3,"fields":{"temperature":)"
      R"({"count":2,"min":1.5,"max":2.5,"avg":2,"stddev":null}}})");
  EXPECT_EQ(store.stats_query.to, clock.Now());
  EXPECT_EQ(store.stats_query.from, clock.Now() - std::chrono::hours(24));
}

TEST_F(ApiTest, LeastAndGreatestWholeNumbersKeepTheirDigits) {
  store.stats.all.fields["count"] = {2, INT64_MIN, INT64_MAX, 0.5, std::nullopt};
  EXPECT_THAT(Get("/data/stats").body,
              HasSubstr(R"("min":-9223372036854775808,"max":9223372036854775807,"avg":0.5)"));
}

TEST_F(ApiTest, StatisticsComeForEachKeyToo) {
  store.stats.keys["a\"b"].readings = 1;
  EXPECT_THAT(Get("/api/streams/readings/stats?by=key").body,
              HasSubstr(R"("keys":{"a\"b":{"readings":1,"fields":{}}}})"));
  EXPECT_TRUE(store.stats_query.by_key);
  EXPECT_EQ(Get("/api/streams/readings/stats?by=day").status, 400);
  EXPECT_EQ(Get("/api/streams/events/stats?by=key").status, 400);
}

TEST_F(ApiTest, StatisticsOfAnotherSpan) {
  Get("/data/stats?from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z");
  EXPECT_EQ(FormatRfc3339(store.stats_query.from), "2025-01-01T00:00:00Z");
  Get("/data/stats?to=2025-01-02T00:00:00Z");
  EXPECT_EQ(FormatRfc3339(store.stats_query.from), "2025-01-01T00:00:00Z");
  Get("/data/stats?future=include");
  EXPECT_EQ(store.stats_query.to, kMaxTime);
  EXPECT_EQ(Get("/api/streams/nope/stats").status, 404);
}

class Summaries : public ApiTest {
 protected:
  // Two windows a minute apart, with two keys each.
  Summaries() {
    arrow::TimestampBuilder starts(ArrowType(FieldType::timestamp), arrow::default_memory_pool());
    arrow::StringBuilder keys;
    for (const int minute : {0, 0, 1, 1}) {
      EXPECT_TRUE(starts.Append(ToMicros(start) + int64_t{60'000'000} * minute).ok());
    }
    for (const char* key : {"a", "b", "a", "b"}) EXPECT_TRUE(keys.Append(key).ok());
    const auto schema = arrow::schema({arrow::field("interval_start", ArrowType(FieldType::timestamp)),
                                       arrow::field("sensor_id", arrow::utf8())});
    store.windows = arrow::Table::Make(schema, {*starts.Finish(), *keys.Finish()});
  }
};

TEST_F(Summaries, AreWindowsOldestFirst) {
  EXPECT_THAT(Get("/api/summaries/minutes").body,
              StartsWith(R"([{"interval_start":"2025-10-09T08:53:20Z","sensor_id":"a"},)"));
  Get("/api/summaries/minutes?from=2025-10-09T08:53:20Z&to=2025-10-10T00:00:00Z&key=a");
  EXPECT_EQ(store.windows_query.from, start);
  EXPECT_EQ(store.windows_query.key, "a");
}

TEST_F(Summaries, GoOnAtTheRowBehindTheLastPageEvenInsideAWindow) {
  std::string seen;
  std::string target = "/api/summaries/minutes?limit=1";
  for (int page = 0; page < 4; ++page) {
    const auto answer = Get(target);
    seen += answer.body.substr(answer.body.find("sensor_id") + 12, 1);
    const std::string link = HeaderOf(answer, "link");
    EXPECT_EQ(link.empty(), page == 3) << link;
    if (!link.empty()) target = link.substr(1, link.find('>') - 1);
  }
  EXPECT_EQ(seen, "abab");
}

TEST_F(Summaries, WithoutAByFieldHaveNoKey) {
  EXPECT_THAT(Get("/api/summaries/hours?key=a").body, HasSubstr("summary 'hours' has no `by` field"));
}

TEST_F(Summaries, TakeAKeyOfTheTypeOfTheirByField) {
  streams[0].fields[0].type = FieldType::boolean;
  EXPECT_EQ(Get("/api/summaries/minutes?key=true").status, 200);
  const auto answer = Get("/api/summaries/minutes?key=blah");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("'blah' is no bool, the type of 'sensor_id'"));
  streams[0].fields[0].type = FieldType::integer;
  EXPECT_THAT(Get("/api/summaries/minutes?key=1.5").body, HasSubstr("'1.5' is no int"));
  EXPECT_EQ(Get("/api/summaries/minutes?key=-7").status, 200);
}

TEST_F(Summaries, ThatAreUnknownAreA404ThatListsTheKnown) {
  const auto answer = Get("/api/summaries/days");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("there is no summary 'days'; known: minutes, hours"));
}

class SqlTest : public ApiTest {
 protected:
  SqlTest() {
    arrow::Decimal128Builder sums(arrow::decimal128(38, 0));
    arrow::StringBuilder names;
    EXPECT_TRUE(sums.Append(arrow::Decimal128("18446744073709551616")).ok() && names.Append("a").ok());
    store.sql.rows = arrow::Table::Make(
        arrow::schema({arrow::field("total", sums.type()), arrow::field("name", arrow::utf8())}),
        {*sums.Finish(), *names.Finish()});
  }
};

TEST_F(SqlTest, AnswersColumnsAndRowsWithAllDigits) {
  const auto answer = Post("/api/sql", R"({"query": "SELECT 1", "params": [1, 2.5, "x\n", true, null]})");
  EXPECT_EQ(answer.body, R"({"columns":[{"name":"total","type":"int"},{"name":"name","type":"string"}],)"
                         R"("rows":[[18446744073709551616,"a"]],"truncated":false})");
  EXPECT_EQ(store.sql_query.text, "SELECT 1");
  EXPECT_THAT(store.sql_query.params, ElementsAre("1", "2.5", R"("x\n")", "true", "null"));
}

TEST_F(SqlTest, SaysWhenRowsWereLeftOut) {
  store.sql.truncated = true;
  EXPECT_THAT(Post("/api/sql?limit=1", R"({"query":"SELECT 1"})").body,
              testing::EndsWith(R"("truncated":true})"));
  EXPECT_EQ(store.sql_query.max_rows, 1);
  const auto csv = Ask("POST", "/api/sql", {{"accept", "text/csv"}}, R"({"query":"SELECT 1"})");
  EXPECT_EQ(csv.body, "total,name\r\n18446744073709551616,a\r\n");
  EXPECT_EQ(HeaderOf(csv, "sluice-truncated"), "true");
}

TEST_F(SqlTest, SaysHowManyRowsThereAreAndWhatCutThem) {
  store.sql.truncated = true;
  const Headers csv = {{"accept", "text/csv"}};
  const auto by_limit = Ask("POST", "/api/sql?limit=1", csv, R"({"query":"SELECT 1"})");
  EXPECT_EQ(HeaderOf(by_limit, "sluice-rows"), "1");
  EXPECT_EQ(HeaderOf(by_limit, "sluice-most-bytes"), "");
  store.sql.too_large = true;
  const auto by_size = Ask("POST", "/api/sql", csv, R"({"query":"SELECT 1"})");
  EXPECT_EQ(HeaderOf(by_size, "sluice-most-bytes"), "67108864");
  EXPECT_EQ(store.sql_query.max_bytes, 67108864);
}

TEST_F(SqlTest, TheDatabasesMessageIsTheAnswer) {
  store.failure = Status::Reject("Binder Error: no column x\nLINE 1: …");
  const auto answer = Post("/api/sql", R"({"query":"SELECT x"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(HeaderOf(answer, "content-type"), "application/problem+json");
  EXPECT_THAT(answer.body, HasSubstr(R"("detail":"Binder Error: no column x\nLINE 1: …")"));
}

TEST_F(SqlTest, AWrongBodySaysWhatItMustBe) {
  for (const char* body :
       {"", "x", "[]", "{}", R"({"query":1})", R"({"query":" "})", R"({"query":"a","params":{}})",
        R"({"query":"a","params":[[1]]})", R"({"query":"a","query":"b"})", R"({"q":"a"})",
        R"({"query":"a"} x)", "{\"query\":\"\xff\"}"}) {
    const auto answer = Post("/api/sql", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_THAT(answer.body, HasSubstr("the body must be")) << body;
  }
}

TEST_F(SqlTest, ADeepBodyIsRefused) {
  std::string deep = R"({"query":"a","params":)" + std::string(40, '[') + std::string(40, ']') + "}";
  EXPECT_EQ(Post("/api/sql", deep).status, 400);
}

TEST_F(ApiTest, DeadLettersShowTextOrBytes) {
  StoredDeadLetter text{
      7, "readings", "store.readings", 0, {.at = 12, .reason = "bad \"x\"", .bytes = "{oops"}};
  text.entry.length = 5;
  StoredDeadLetter binary = text;
  binary.entry.bytes = "\xff\xfe";
  binary.entry.length = 2;
  store.dead = {text, binary};
  const std::string body = Get("/api/dead?stream=readings&limit=2").body;
  EXPECT_THAT(body,
              StartsWith(R"([{"id":7,"stream":"readings","job":"store.readings","partition":0,"position":12,)"
                         R"("reason":"bad \"x\"","source":"","arrival":"1970-01-01T00:00:00Z","length":5,)"
                         R"("hash":"","text":"{oops"},)"));
  EXPECT_THAT(body, HasSubstr(R"("base64":"//4="})"));
  EXPECT_TRUE(IsJson(body));
}

TEST_F(ApiTest, ADeadLetterIsCutInAListAndWholeByItsId) {
  StoredDeadLetter letter;
  for (int i = 0; i < 1000; ++i) letter.entry.bytes += "€";  // 1,024 falls inside a character
  letter.entry.length = 3'000;
  store.dead = {letter};
  EXPECT_LT(Get("/api/dead").body.size(), 1'400u);
  EXPECT_THAT(Get("/api/dead").body, HasSubstr("\"text\":\"€"));
  EXPECT_GT(Get("/api/dead?id=7").body.size(), 3'000u);
  EXPECT_THAT(store.dead_query.ids, ElementsAre(7));
  EXPECT_EQ(Get("/api/dead?id=x").status, 400);
  EXPECT_EQ(Get("/api/dead?stream=nope").status, 404);
}

TEST_F(ApiTest, DeadLettersAndKeysGoOnBehindTheLastOfAPage) {
  store.dead = {{.id = 3}, {.id = 5}, {.id = 9}};
  EXPECT_EQ(HeaderOf(Get("/api/dead?limit=2&after=1"), "link"), R"(</api/dead?limit=2&after=5>; rel="next")");
  EXPECT_EQ(store.dead_query.after, 1);
  EXPECT_EQ(HeaderOf(Get("/api/dead?limit=3"), "link"), "");
  arrow::StringBuilder keys;
  ASSERT_TRUE(keys.AppendValues({"a", "b&c", "d"}).ok());
  store.keys = arrow::Table::Make(arrow::schema({arrow::field("key", arrow::utf8())}), {*keys.Finish()});
  EXPECT_EQ(HeaderOf(Get("/api/streams/readings/keys?limit=2"), "link"),
            R"(</api/streams/readings/keys?limit=2&after=b%26c>; rel="next")");
  Get("/api/streams/readings/keys?after=a");
  EXPECT_EQ(store.keys_query.after, "a");
}

TEST_F(ApiTest, StatisticsOfEachKeyGoOnBehindTheLastOfAPage) {
  store.stats.keys["a"].readings = 1;
  store.stats.keys["b"].readings = 1;
  const auto page = Get("/data/stats?by=key&limit=1");
  EXPECT_EQ(HeaderOf(page, "link"), R"(</data/stats?by=key&limit=1&after=a>; rel="next")");
  EXPECT_THAT(page.body, Not(HasSubstr(R"("b":)")));
}

TEST_F(ApiTest, DeadLettersAreReplayedAndDroppedById) {
  EXPECT_EQ(Post("/api/dead/replay", R"({"ids":[1,2]})").body,
            R"({"replayed":1,"stayed":[{"id":1,"reason":"still \"bad\""}]})");
  EXPECT_EQ(Post("/api/dead/drop", R"({"ids":[3]})").body, R"({"dropped":1})");
  for (const char* body : {"{}", R"({"ids":[]})", R"({"ids":["1"]})", R"({"ids":[1.5]})", R"({"ids":1})"}) {
    EXPECT_EQ(Post("/api/dead/drop", body).status, 400) << body;
  }
}

TEST_F(ApiTest, AJobIsForgotten) {
  EXPECT_EQ(Post("/api/jobs/lake.raw/forget", "{}").body, R"({"forgotten":"lake.raw"})");
  EXPECT_THAT(Post("/api/jobs/lake.x/forget", "").body, HasSubstr("there is no job 'lake.x'"));
}

TEST_F(ApiTest, StatusAndAuditAreWhatTheAppSays) {
  EXPECT_EQ(Get("/api/status").body, R"({"jobs":[]})");
  EXPECT_EQ(Get("/api/audit").body, R"({"ok":true,"streams":{},"jobs":{}})");
  EXPECT_FALSE(actions.was_deep);
  Get("/api/audit?deep=true");
  EXPECT_TRUE(actions.was_deep);
  EXPECT_EQ(Get("/api/audit?deep=much").status, 400);
}

TEST_F(ApiTest, HealthIsOkWhileSomethingWaitsButReadyIsNot) {
  EXPECT_EQ(Get("/").body, R"({"status":"ok","ready":true,"waiting":[],"version":"1.2.3"})");
  EXPECT_EQ(Get("/readyz").status, 200);
  EXPECT_EQ(Get("/readyz").body, Get("/").body);
  actions.waits = {{"store.readings", "disk full"}};
  EXPECT_EQ(Get("/").status, 200);
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/readyz").status, 503);
  EXPECT_THAT(Get("/readyz").body, HasSubstr("store.readings waits: disk full"));
  EXPECT_THAT(Get("/readyz").body,
              HasSubstr(R"("waiting":[{"component":"store.readings","reason":"disk full"}])"));
}

TEST_F(ApiTest, ABrowserGetsAPageThatEscapesWhatItShows) {
  actions.waits = {{"store", "<script>&"}};
  const auto page = Get("/", {{"accept", "text/html,*/*;q=0.8"}});
  EXPECT_THAT(HeaderOf(page, "content-type"), StartsWith("text/html"));
  EXPECT_THAT(page.body, HasSubstr("&lt;script&gt;&amp;"));
  EXPECT_THAT(page.body, HasSubstr(R"(href="/api/streams/readings/latest")"));
}

TEST_F(ApiTest, MetricsArePrometheusText) {
  const auto metrics = Get("/metrics");
  EXPECT_EQ(metrics.body, "sluice_up 1\n");
  EXPECT_THAT(HeaderOf(metrics, "content-type"), StartsWith("text/plain; version=0.0.4"));
}

TEST_F(ApiTest, NoAnswerMayBeReadByAnotherWebPageOrKept) {
  for (const char* path : {"/", "/data/stats", "/api/streams", "/openapi.json"}) {
    const auto answer = Get(path);
    EXPECT_EQ(HeaderOf(answer, "access-control-allow-origin"), "");
    EXPECT_EQ(HeaderOf(answer, "cache-control"), "no-store");
    EXPECT_EQ(HeaderOf(answer, "x-content-type-options"), "nosniff");
  }
}

TEST_F(ApiTest, AnUnknownFormatIs406WithTheList) {
  const auto answer = Get("/data/latest", {{"accept", "application/xml"}});
  EXPECT_EQ(answer.status, 406);
  EXPECT_THAT(answer.body, HasSubstr(R"("available":["application/json",)"));
}

TEST_F(ApiTest, OpenApiDescribesEveryRouteAndParameter) {
  simdjson::dom::parser parser;
  const std::string text = Get("/openapi.json").body;
  simdjson::dom::element document = parser.parse(text);
  EXPECT_EQ(std::string_view(document["openapi"]), "3.1.0");
  for (const Route& route : AllRoutes()) {
    std::string method = route.method == "GET" ? "get" : "post";
    simdjson::dom::element operation;
    ASSERT_EQ(document["paths"][route.path][method].get(operation), simdjson::SUCCESS) << route.path;
    EXPECT_EQ(operation["parameters"].get_array().size(), route.parameters.size()) << route.path;
  }
}

TEST_F(ApiTest, EveryRouteIsOnTheRouterAndNamesItsCaptures) {
  for (const Route& route : AllRoutes()) {
    const auto match = router.Find(route.method, route.path);
    EXPECT_EQ(match.handler != nullptr, route.handler != nullptr) << route.path;
    std::set<std::string> named;
    for (const Parameter& parameter : route.parameters) {
      if (parameter.in == Parameter::path) named.insert(parameter.name);
    }
    for (const auto& [name, value] : match.captures)
      EXPECT_EQ(named.count(name), 1u) << route.path << " " << name;
  }
}

TEST_F(ApiTest, EverySchemaOfTheTableIsJson) {
  for (const Route& route : AllRoutes()) {
    EXPECT_TRUE(IsJson(route.answer)) << route.path << route.answer;
    EXPECT_TRUE(route.body.empty() || IsJson(route.body)) << route.path;
    for (const Parameter& parameter : route.parameters)
      EXPECT_TRUE(IsJson(parameter.schema)) << parameter.name;
  }
}

TEST_F(ApiTest, TheReferenceNamesEveryRoute) {
  const std::string reference = ApiReferenceMarkdown();
  for (const Route& route : AllRoutes()) {
    EXPECT_THAT(reference, HasSubstr("### `" + route.method + " " + route.path + "`"));
  }
}

TEST_F(ApiTest, RoutesAreRegisteredOnce) {
  EXPECT_FALSE(RegisterApi(router, {streams, summaries, &store, &live, clock, actions, ""}).ok());
}

}  // namespace
}  // namespace sluice::api
