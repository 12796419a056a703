#include "api/live.h"

#include "api/events.h"
#include "api/test_fixture.h"

namespace sluice::api {
namespace {

using testing::HasSubstr;
using testing::Not;

// A connection that keeps what was written.
class Connection : public http::EventStream {
 public:
  bool Write(std::string chunk) override {
    if (closed) return false;
    text += chunk;
    return true;
  }
  size_t Buffered() const override { return buffered; }

  std::string text;
  bool closed = false;
  size_t buffered = 0;
};

class LiveTest : public ApiTest {
 protected:
  std::shared_ptr<Connection> Open(const std::string& target, const std::string& last_event_id = "") {
    Headers headers;
    if (!last_event_id.empty()) headers = {{"last-event-id", last_event_id}};
    const http::Response response = Get(target, headers);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(HeaderOf(response, "content-type"), "text/event-stream");
    auto connection = std::make_shared<Connection>();
    response.on_stream(connection);
    return connection;
  }
  void Put(const std::string& sensor, PartitionId partition = 0,
           Timestamp time = FromMicros(1'760'000'000'000'000)) {
    log.Put(streams[0], ReadingsBatch({{sensor, time, 1, 2}}), start, partition);
  }
  // Steps until nothing moves.
  Timestamp Settle() {
    for (;;) {
      const StepResult step = live.Step(clock.Now());
      if (!step.progress) return step.again;
    }
  }
  static int Count(const std::string& text, const std::string& part) {
    int count = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
  }
};

TEST_F(LiveTest, BeginsWithTheNextReading) {
  Put("old");
  const auto client = Open("/api/live/readings");
  Put("new");
  Settle();
  EXPECT_EQ(client->text,
            "retry: 2000\nid: 0:0\n\n"
            "id: 0:1\ndata: {\"sensor_id\":\"new\",\"timestamp\":\"2025-10-09T08:53:20Z\",\"temperature\":1,"
            "\"humidity\":2}\n\n");
}

TEST_F(LiveTest, MissesNothingBetweenTheRequestAndTheFirstStep) {
  const http::Response response = Get("/api/live/readings");
  Put("between");
  auto client = std::make_shared<Connection>();
  response.on_stream(client);
  Settle();
  EXPECT_THAT(client->text, HasSubstr("between"));
}

TEST_F(LiveTest, ResumesBehindTheLastEventOfEachPartition) {
  for (const char* sensor : {"a0", "a1", "a2"}) Put(sensor, 0);
  for (const char* sensor : {"b0", "b1"}) Put(sensor, 1);
  const auto client = Open("/api/live/readings", "0:1,1:0");
  Settle();
  EXPECT_THAT(client->text, Not(HasSubstr("a1")));
  EXPECT_THAT(client->text, HasSubstr("id: 0:2,1:0\ndata: {\"sensor_id\":\"a2\""));
  EXPECT_THAT(client->text, HasSubstr("id: 0:2,1:1\ndata: {\"sensor_id\":\"b1\""));
}

TEST_F(LiveTest, APartitionThatTheIdLeavesOutWasNeverSeen) {
  Put("a0", 0);
  Put("b0", 1);
  const auto client = Open("/api/live/readings", "0:0");
  Settle();
  EXPECT_THAT(client->text, Not(HasSubstr("a0")));
  EXPECT_THAT(client->text, HasSubstr("b0"));
}

TEST_F(LiveTest, SaysHowManyPositionsTheLogNoLongerHolds) {
  for (const char* sensor : {"a0", "a1", "a2", "a3"}) Put(sensor);
  log.Lose("readings", 3);
  const auto client = Open("/api/live/readings", "0:0");
  Settle();
  EXPECT_THAT(
      client->text,
      HasSubstr("id: 0:2\nevent: gap\ndata: {\"partition\":0,\"from\":1,\"to\":3,\"missing\":2}\n\n"));
  EXPECT_THAT(client->text, HasSubstr("a3"));
}

TEST_F(LiveTest, AnIdOfALogThatIsNoMoreGoesOnAtTheEnd) {
  Put("a0");
  const auto client = Open("/api/live/readings", "0:99");
  Settle();
  Put("a1");
  Settle();
  EXPECT_THAT(client->text, HasSubstr(R"("from":100,"to":1,"missing":null)"));
  EXPECT_THAT(client->text, HasSubstr("id: 0:1\ndata: {\"sensor_id\":\"a1\""));
}

TEST_F(LiveTest, AForeignIdIsRefused) {
  for (const char* id : {"x", "0", "0:", "0:-1", "2:5", "0:1,0:2", "0:1;1:1"}) {
    EXPECT_EQ(Get("/api/live/readings", {{"last-event-id", id}}).status, 400) << id;
  }
}

TEST_F(LiveTest, LeavesOutTheFutureUnlessAskedFor) {
  const auto careful = Open("/api/live/readings");
  const auto curious = Open("/api/live/readings?future=include");
  Put("ahead", 0, start + std::chrono::minutes(6));
  Put("fine", 0, start + std::chrono::minutes(5));
  Settle();
  EXPECT_THAT(careful->text, Not(HasSubstr("ahead")));
  EXPECT_THAT(careful->text, HasSubstr("id: 0:1\ndata: {\"sensor_id\":\"fine\""));
  EXPECT_THAT(curious->text, HasSubstr("ahead"));
}

TEST_F(LiveTest, ReadsOnceForAllWhoStandAtTheSamePlace) {
  std::vector<std::shared_ptr<Connection>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(Open("/api/live/readings"));
  Put("one");
  Settle();
  EXPECT_EQ(log.reads, 1);
  for (const auto& client : clients) EXPECT_EQ(Count(client->text, "\"one\""), 1);
}

TEST_F(LiveTest, ASlowClientHoldsUpNobodyAndMissesNothing) {
  const auto slow = Open("/api/live/readings");
  const auto quick = Open("/api/live/readings");
  Settle();
  slow->buffered = 1 << 20;
  for (int i = 0; i < 10; ++i) Put("r" + std::to_string(i));
  const Timestamp again = Settle();
  EXPECT_EQ(Count(quick->text, "data:"), 10);
  EXPECT_EQ(Count(slow->text, "data:"), 0);
  EXPECT_LT(again, clock.Now() + std::chrono::seconds(1));
  slow->buffered = 0;
  Settle();
  EXPECT_EQ(Count(slow->text, "data:"), 10);
}

TEST_F(LiveTest, ALongSliceIsSentInPiecesAsTheClientTakesThem) {
  class Filling : public Connection {
   public:
    bool Write(std::string chunk) override {
      buffered += chunk.size();
      return Connection::Write(chunk);
    }
  };
  auto client = std::make_shared<Filling>();
  Get("/api/live/readings").on_stream(client);
  log.Put(streams[0], CountingBatch(20'000), start + std::chrono::hours(24));
  size_t most = 0;
  while (Count(client->text, "data:") < 20'000) {
    Settle();
    most = std::max(most, client->buffered);
    client->buffered = 0;
  }
  EXPECT_LT(most, size_t{400} << 10);
  EXPECT_THAT(client->text, HasSubstr("id: 0:19999\n"));
  EXPECT_EQ(Count(client->text, "data:"), 20'000);
}

TEST_F(LiveTest, AClientThatLeftIsForgotten) {
  auto gone = Open("/api/live/readings");
  const auto closed = Open("/api/live/readings");
  EXPECT_EQ(live.clients(), 2);
  gone.reset();
  closed->closed = true;
  Put("x");
  Settle();
  EXPECT_EQ(live.clients(), 0);
  EXPECT_EQ(Settle(), kMaxTime);
}

TEST_F(LiveTest, AQuietStreamIsKeptOpen) {
  const auto client = Open("/api/live/readings");
  EXPECT_EQ(Settle(), clock.Now() + std::chrono::seconds(15));
  clock.Advance(std::chrono::seconds(15));
  Settle();
  EXPECT_THAT(client->text, testing::EndsWith(": still here\n\n"));
}

TEST_F(LiveTest, StreamsDoNotMix) {
  const auto readings = Open("/api/live/readings");
  const auto events = Open("/api/live/events");
  log.Put(streams[1], ReadingsBatch({{"{\"n\":1}", start, 0, 0}}), start);
  Put("reading");
  Settle();
  EXPECT_EQ(Count(readings->text, "data:"), 1);
  EXPECT_EQ(Count(events->text, "data:"), 1);
  EXPECT_THAT(events->text, HasSubstr(R"(data: {"sensor_id":{"n":1},)"));
}

TEST_F(LiveTest, ALogThatCannotBeReadIsTriedAgain) {
  const auto client = Open("/api/live/readings");
  Put("patience");
  log.health = Status::Retry("disk");
  EXPECT_LE(Settle(), clock.Now() + std::chrono::seconds(1));
  log.health = {};
  Settle();
  EXPECT_THAT(client->text, HasSubstr("patience"));
}

TEST_F(LiveTest, AnUnknownStreamIs404) { EXPECT_EQ(Get("/api/live/nope").status, 404); }

TEST_F(LiveTest, NobodyIsTakenWhileStopping) {
  const auto client = Open("/api/live/readings");
  live.Drain();
  Settle();
  EXPECT_EQ(live.clients(), 0);
  EXPECT_EQ(Get("/api/live/readings").status, 503);
}

TEST_F(LiveTest, AppendsWakeOnlyWhenSomebodyListens) {
  int woken = 0;
  live.SetWaker([&] { ++woken; });
  Put("nobody");
  EXPECT_EQ(woken, 0);
  const auto client = Open("/api/live/readings");
  woken = 0;
  Put("somebody");
  EXPECT_EQ(woken, 1);
}

TEST_F(LiveTest, LostPositionsInTheLogAreAGapToo) {
  Slice slice = AsSlice(streams[0], ReadingsBatch({}), 5, start);
  slice.next = 9;
  slice.lost = 4;
  const auto chunks = ReadingEvents(streams[0], slice, {5, 0}, false, 1 << 16);
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].next, 9);
  EXPECT_EQ(chunks[0].text, "");
  EXPECT_THAT(GapEvent({9, 0}, 0, 5, 9, 4), HasSubstr(R"("missing":4)"));
}

TEST(EventId, GoesRoundUnchanged) {
  const std::vector<Position> next = {124, 0, 78};
  EXPECT_EQ(FormatEventId(next), "0:123,2:77");
  EXPECT_EQ(*ParseEventId("0:123,2:77", 3), next);
}

}  // namespace
}  // namespace sluice::api
