#include "api/cursor.h"
#include "api/test_fixture.h"

namespace sluice::api {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Readings : public ApiTest {
 protected:
  Readings() {
    store.readings = StoredTable(
        streams[0], ReadingsBatch({{"a", start, 21.5, 40}, {"b \"x\"", start + Duration(1), 1e300, -0.0}}));
  }
};

TEST_F(Readings, AreObjectsWithTheFieldsOfTheStream) {
  const auto answer = Get("/data/latest");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(HeaderOf(answer, "content-type"), "application/json");
  EXPECT_EQ(
      answer.body,
      R"([{"sensor_id":"a","timestamp":"2025-10-09T08:53:20Z","temperature":21.5,"humidity":40},)"
      R"({"sensor_id":"b \"x\"","timestamp":"2025-10-09T08:53:20.000001Z","temperature":1e+300,"humidity":-0}])");
}

TEST_F(Readings, LatestIsTheNewestHundredWithoutTheFuture) {
  Get("/api/streams/readings/latest");
  EXPECT_EQ(store.readings_query.stream, "readings");
  EXPECT_EQ(store.readings_query.limit, 101);  // one more tells of a next page
  EXPECT_FALSE(store.readings_query.include_future);
  EXPECT_FALSE(store.readings_query.key);
}

TEST_F(Readings, TheFutureIsShownWhenAskedFor) {
  Get("/data/latest?future=include");
  EXPECT_TRUE(store.readings_query.include_future);
  EXPECT_EQ(Get("/data/latest?future=maybe").status, 400);
}

TEST_F(Readings, OfAKeyAreFiftyAndTheKeyMayHoldAnything) {
  Get("/data/by-sensor/känguru & co");
  EXPECT_EQ(store.readings_query.key, "känguru & co");
  EXPECT_EQ(store.readings_query.limit, 51);
  Get("/api/streams/readings/by-key/x");
  EXPECT_EQ(store.readings_query.key, "x");
}

TEST_F(Readings, OfAKeyNeverSeenAreAnEmptyArray) {
  store.readings = store.readings->Slice(0, 0);
  const auto answer = Get("/data/by-sensor/nobody");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "[]");
}

TEST_F(Readings, OfAStreamWithoutReadingsAreAnEmptyArrayInEveryFormat) {
  store.readings = store.readings->Slice(0, 0);
  EXPECT_EQ(Get("/data/latest", {{"accept", "application/x-ndjson"}}).body, "");
  EXPECT_EQ(Get("/data/latest", {{"accept", "text/csv"}}).body,
            "sensor_id,timestamp,temperature,humidity\r\n");
}

TEST_F(Readings, OfARangeTakeSpanKeyAndLimit) {
  EXPECT_EQ(
      Get("/api/streams/readings/range?from=2025-10-09T08:00:00Z&to=2025-10-09T11:00:00+02:00&key=a&limit=7")
          .status,
      200);
  EXPECT_EQ(store.readings_query.from, FromMicros(1'759'996'800'000'000));
  EXPECT_EQ(store.readings_query.to, FromMicros(1'760'000'400'000'000));
  EXPECT_EQ(store.readings_query.key, "a");
  EXPECT_EQ(store.readings_query.limit, 8);
}

TEST_F(Readings, AnUnescapedPlusOfAnOffsetIsUnderstood) {
  EXPECT_EQ(Get("/api/streams/readings/range?from=2025-10-09T10:00:00 02:00").status, 200);
  EXPECT_EQ(store.readings_query.from, FromMicros(1'759'996'800'000'000));
}

TEST_F(Readings, WrongParametersAreNamed) {
  EXPECT_THAT(Get("/data/latest?limit=0").body, HasSubstr("limit '0' is not a whole number from 1 to 10000"));
  EXPECT_THAT(Get("/data/latest?limit=10001").body, HasSubstr("limit '10001'"));
  EXPECT_THAT(Get("/data/latest?limit=5x").body, HasSubstr("limit '5x'"));
  EXPECT_THAT(Get("/data/latest?limt=5").body,
              HasSubstr("unknown parameter 'limt'; known: limit, future, before"));
  EXPECT_THAT(Get("/data/latest?limit=5&limit=6").body, HasSubstr("limit is given more than once"));
  EXPECT_THAT(Get("/api/streams/readings/range?from=yesterday").body,
              HasSubstr("from: 'yesterday' is not an RFC 3339"));
  EXPECT_THAT(Get("/api/streams/readings/range?from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z").body,
              HasSubstr("is later than to"));
  EXPECT_EQ(Get("/data/latest?limit=5x").status, 400);
}

TEST_F(Readings, OfAnUnknownStreamAreA404ThatListsTheKnown) {
  const auto answer = Get("/api/streams/nope/latest");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(HeaderOf(answer, "content-type"), "application/problem+json");
  EXPECT_THAT(answer.body, HasSubstr("there is no stream 'nope'; known: readings, events"));
  EXPECT_THAT(answer.body, HasSubstr(R"("known":["readings","events"])"));
}

TEST_F(Readings, ByKeyNeedAStreamWithAKey) {
  EXPECT_EQ(Get("/api/streams/events/by-key/x").status, 404);
  EXPECT_EQ(Get("/api/streams/events/keys").status, 404);
  EXPECT_THAT(Get("/api/streams/events/range?key=x").body, HasSubstr("stream 'events' has no key"));
}

TEST_F(Readings, ALinkLeadsBehindTheLastReadingOfThePage) {
  const auto answer = Get("/api/streams/readings/range?limit=1&key=a b");
  const std::string link = HeaderOf(answer, "link");
  EXPECT_THAT(link, StartsWith("</api/streams/readings/range?limit=1&key=a%20b&before="));
  EXPECT_THAT(link, testing::EndsWith(R"(>; rel="next")"));
  const size_t at = link.find("before=") + 7;
  EXPECT_EQ(Get("/data/latest?before=" + link.substr(at, link.find('>') - at)).status, 200);
  EXPECT_EQ(store.readings_query.before->time, start);
  EXPECT_EQ(store.readings_query.before->position, 0);
}

TEST_F(Readings, TheLastPageHasNoLink) { EXPECT_EQ(HeaderOf(Get("/data/latest?limit=2"), "link"), ""); }

TEST_F(Readings, ALinkKeepsTheKeyEncoded) {
  EXPECT_THAT(HeaderOf(Get("/data/by-sensor/a b?limit=1"), "link"),
              StartsWith("</data/by-sensor/a%20b?limit=1&before="));
}

TEST_F(Readings, AForeignCursorIsRefused) {
  EXPECT_THAT(Get("/data/latest?before=AAAA").body, HasSubstr("take it from the Link header"));
}

TEST_F(Readings, AStoreThatIsAwayIs503WithRetryAfter) {
  store.failure = Status::Retry("the store is away");
  const auto answer = Get("/data/latest");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(HeaderOf(answer, "retry-after"), "1");
}

TEST_F(Readings, KeysAreListed) {
  store.keys = arrow::Table::MakeEmpty(arrow::schema({arrow::field("key", arrow::utf8())})).ValueOrDie();
  EXPECT_EQ(Get("/api/streams/readings/keys").body, "[]");
}

TEST_F(Readings, JsonFieldsAreJsonAndNotText) {
  store.readings = StoredTable(streams[1], ReadingsBatch({{"{\"a\":\n[1]}", start, 1, 2}}));
  EXPECT_THAT(Get("/api/streams/events/latest", {{"accept", "application/x-ndjson"}}).body,
              StartsWith(R"({"sensor_id":{"a": [1]},"timestamp")"));
}

TEST_F(Readings, StreamsAreDescribed) {
  EXPECT_THAT(
      Get("/api/streams").body,
      StartsWith(R"([{"name":"readings","key":"sensor_id","time":"timestamp","fields":[{"name":"sensor_id",)"
                 R"("type":"string"},{"name":"timestamp","type":"timestamp"},{"name":"temperature",)"
                 R"("type":"double"},{"name":"humidity","type":"double"}],"partitions":2},{"name":"events",)"
                 R"("key":null,)"));
}

TEST_F(Readings, OfAPipelineWithoutADefaultAreThoseOfTheFirstStream) {
  streams[0].is_default = false;
  Get("/data/latest");
  EXPECT_EQ(store.readings_query.stream, "readings");
  streams[1].is_default = true;
  store.readings = StoredTable(streams[1], ReadingsBatch({}));
  Get("/data/latest");
  EXPECT_EQ(store.readings_query.stream, "events");
}

TEST(Cursor, GoesRoundUnchanged) {
  for (const Cursor& cursor : {Cursor{kMinTime, 0, 0}, Cursor{kMaxTime, INT32_MAX, INT64_MAX},
                               Cursor{FromMicros(-1), 3, 1'234'567'890'123}}) {
    const auto parsed = ParseCursor(FormatCursor(cursor));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->time, cursor.time);
    EXPECT_EQ(parsed->partition, cursor.partition);
    EXPECT_EQ(parsed->position, cursor.position);
  }
}

TEST(Cursor, WhatWeCannotHaveWrittenIsRefused) {
  const std::string good = FormatCursor({FromMicros(0), 0, 0});
  EXPECT_FALSE(ParseCursor("").ok());
  EXPECT_FALSE(ParseCursor(good + "A").ok());
  EXPECT_FALSE(ParseCursor(good.substr(1)).ok());
  EXPECT_FALSE(ParseCursor("+" + good.substr(1)).ok());
  EXPECT_FALSE(ParseCursor(good.substr(0, 26) + "B").ok());  // spare bits
  EXPECT_FALSE(ParseCursor(std::string(27, '_')).ok());      // everything negative
}

}  // namespace
}  // namespace sluice::api
