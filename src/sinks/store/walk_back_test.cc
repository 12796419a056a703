#include "sinks/store/walk_back.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr Timestamp kNewest = FromMicros(1'000'000'000'000);

// Where it asked from, when it finds nothing until `oldest`.
std::vector<Timestamp> AskedFrom(const Reach& reach, const ReadingsQuery& query, Timestamp oldest) {
  std::vector<Timestamp> asked;
  const auto answer = WalkBack(reach, query, [&](Timestamp from) -> StoreQueries::Rows {
    asked.push_back(from);
    const int64_t found = from <= oldest ? query.limit : 0;
    return arrow::Table::Make(arrow::schema({}), std::vector<std::shared_ptr<arrow::ChunkedArray>>{}, found);
  });
  EXPECT_TRUE(answer.ok());
  return asked;
}

TEST(WalkBack, AsksOnceWhereReadingsAreSpreadEvenly) {
  const Reach reach{true, kNewest, FromMicros(0), 1'000'000};
  EXPECT_THAT(AskedFrom(reach, {.limit = 50}, kNewest - std::chrono::seconds(60)),
              ElementsAre(kNewest - std::chrono::seconds(100)));
}

TEST(WalkBack, WidensUntilEverythingWasAskedFor) {
  const Reach reach{true, kNewest, FromMicros(0), 1'000'000};
  const auto asked = AskedFrom(reach, {.limit = 1}, kMinTime);
  EXPECT_THAT(asked, SizeIs(8));
  EXPECT_EQ(asked.back(), kMinTime);
}

TEST(WalkBack, NeverAsksBelowTheQuestion) {
  const Reach reach{true, kNewest, FromMicros(0), 2};
  EXPECT_THAT(AskedFrom(reach, {.from = kNewest - std::chrono::seconds(5), .limit = 1}, kMinTime),
              ElementsAre(kNewest - std::chrono::seconds(5)));
}

TEST(WalkBack, OfAnUnknownKeyNothingIsRead) {
  EXPECT_THAT(AskedFrom({}, {.limit = 1}, kMinTime), ElementsAre(kMaxTime));
}

}  // namespace
}  // namespace sluice
