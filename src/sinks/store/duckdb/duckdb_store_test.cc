// What holds of DuckDB alone; what every store keeps stands in tests/contract.
#include "sinks/store/duckdb/duckdb_store.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sinks/store/duckdb/database.h"
#include "sinks/store/duckdb/upkeep.h"
#include "sinks/store/duckdb/where.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class DuckDbStoreTest : public ::testing::Test {
 protected:
  std::string File() const { return directory_ / "store.duckdb"; }
  Result<std::unique_ptr<Store>> Open(ByteSize checkpoint_bytes = MiB(64)) {
    return OpenDuckDbStore({.file = File(),
                            .shape = {.streams = {ReadingsStream()}},
                            .clock = &clock_,
                            .checkpoint_bytes = checkpoint_bytes,
                            .checkpoint_every = 10min});
  }
  static void Keep(Store& store) {
    const Seat seat{"store.readings", "readings", 0};
    const SeatState state = *store.Claim(seat, "log-1", 0);
    const Slice slice = AsSlice(ReadingsStream(), CountingBatch(100), state.next, FromMicros(0));
    const Span span{.seat = seat,
                    .epoch = state.epoch,
                    .from = slice.first,
                    .next = slice.next,
                    .rows = slice.rows,
                    .terms = {.stored = 100}};
    ASSERT_EQ(store.Commit({&span, 1}).kind, CommitOutcome::done);
  }
  int64_t WalBytes() const { return ReadWal(File()).bytes; }

  TempDir directory_;
  ManualClock clock_;
};

TEST_F(DuckDbStoreTest, ADatabaseOfAnotherTableFormatIsRefused) {
  ASSERT_TRUE(Open().ok());
  {
    auto database = *Database::Open({.path = File()});
    ASSERT_TRUE((*database->Connect())->Run("UPDATE sluice_schema SET format = 99").ok());
  }
  EXPECT_THAT(Open().status().message(), HasSubstr("table format 99"));
}

TEST_F(DuckDbStoreTest, AFileIsOpenedOnceInAProcess) {
  auto first = Open();
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(Open().status().message(), HasSubstr("is open in this process already"));
  first->reset();
  EXPECT_TRUE(Open().ok());
}

TEST_F(DuckDbStoreTest, AWriteAheadLogIsCheckpointedWhenItIsOld) {
  auto store = *Open();
  Keep(*store);
  ASSERT_GT(WalBytes(), 0);
  ASSERT_TRUE(store->Maintain(clock_.Now() + 9min).ok());
  EXPECT_GT(WalBytes(), 0);
  ASSERT_TRUE(store->Maintain(clock_.Now() + 10min).ok());
  EXPECT_EQ(WalBytes(), 0);
  Keep(*store);
  ASSERT_TRUE(store->Maintain(clock_.Now() + 19min).ok());
  EXPECT_GT(WalBytes(), 0);
}

TEST_F(DuckDbStoreTest, AWriteAheadLogIsCheckpointedWhenItIsLong) {
  auto store = *Open(ByteSize{1});
  Keep(*store);
  ASSERT_TRUE(store->Maintain(clock_.Now()).ok());
  EXPECT_EQ(WalBytes(), 0);
}

TEST(CheckpointDue, WaitsForRoomOnTheDisk) {
  EXPECT_TRUE(CheckpointDue({.bytes = 10, .free_bytes = 1 << 30, .age = 0s}, 10, 10min));
  EXPECT_TRUE(CheckpointDue({.bytes = 1, .free_bytes = 1 << 30, .age = 10min}, 10, 10min));
  EXPECT_FALSE(CheckpointDue({.bytes = 1, .free_bytes = 1 << 30, .age = 9min}, 10, 10min));
  EXPECT_FALSE(CheckpointDue({.bytes = 0, .free_bytes = 1 << 30, .age = 1h}, 10, 10min));
  EXPECT_FALSE(CheckpointDue({.bytes = 10, .free_bytes = 1 << 20, .age = 1h}, 10, 10min));
}

TEST(CutRange, GivesPartsThatFollowEachOther) {
  EXPECT_THAT(CutRange({3, 5, 12}, 3),
              ElementsAre(PositionRange{3, 5, 8}, PositionRange{3, 8, 11}, PositionRange{3, 11, 12}));
  EXPECT_THAT(CutRange({3, 5, 5}, 3), IsEmpty());
}

std::string WhereFault(const std::string& where) { return CheckWhere(ReadingsStream(), where).message(); }

TEST(CheckWhere, TakesConditionsOverTheFields) {
  for (const char* where :
       {"temperature > 30", "temperature > 30 -- hot",
        "sensor_id LIKE 'a%' AND (humidity IS NULL OR humidity > 3)", "sensor_id IN ('a', 'b')",
        "(1 < 2) OR (temperature > 3)", "ingested_at - timestamp < INTERVAL 1 HOUR"}) {
    EXPECT_EQ(WhereFault(where), "") << where;
  }
}

TEST(CheckWhere, NamesWhatIsWrong) {
  EXPECT_THAT(WhereFault("nonsense > 3"), HasSubstr("nonsense"));
  EXPECT_THAT(WhereFault("temperature >"), HasSubstr("syntax error"));
  EXPECT_THAT(WhereFault("setseed(0.5) IS NULL"), HasSubstr("'setseed' is not available"));
  EXPECT_THAT(WhereFault("temperature > (SELECT avg(temperature) FROM readings)"), HasSubstr("no subquery"));
  EXPECT_THAT(WhereFault("EXISTS (SELECT * FROM read_text('/etc/passwd'))"), HasSubstr("not available"));
}

TEST(CheckWhere, RefusesWhatGivesAnotherAnswerLater) {
  for (const char* unsteady : {"now()", "current_timestamp", "today()", "current_date", "localtimestamp",
                               "age(timestamp)", "ago(INTERVAL 1 DAY)", "random()", "uuid()"}) {
    const std::string call = unsteady;
    EXPECT_THAT(
        WhereFault(call + " IS NOT NULL"),
        HasSubstr("must give the same answer whenever it is asked: " + call.substr(0, call.find('('))));
  }
  EXPECT_EQ(WhereFault("age(timestamp, ingested_at) > INTERVAL 1 DAY"), "");
  EXPECT_EQ(WhereFault("sensor_id = 'now()'"), "");
}

TEST(CheckWhere, AFieldMayBeCalledLikeAWordForTheMoment) {
  StreamSpec stream = ReadingsStream();
  stream.fields.push_back({.name = "Current_Date", .type = FieldType::text});
  EXPECT_TRUE(CheckWhere(stream, "current_date = 'x'").ok());
}

TEST(CheckWhere, RefusesTextThatClosesItsBrackets) {
  for (const char* where :
       {"1=1) AS BOOLEAN)) UNION ALL SELECT 1 FROM readings WHERE TRY(CAST((1=1",
        "true) AS BOOLEAN)); DROP TABLE readings", "true) AS BOOLEAN)) GROUP BY ((1",
        "true) AS BOOLEAN)) OR TRY(CAST((true", "true /*", "sum(temperature) > 3", "temperature > ?"}) {
    EXPECT_NE(WhereFault(where), "") << where;
  }
}

}  // namespace
}  // namespace sluice
