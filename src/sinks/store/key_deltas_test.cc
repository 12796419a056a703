#include "sinks/store/key_deltas.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/streams.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

constexpr Timestamp kNow = FromMicros(1'760'011'200'000'000);

std::vector<KeyDelta> DeltasOf(const std::vector<Reading>& readings) {
  const StreamSpec stream = ReadingsStream();
  return KeyDeltas(stream, {AsSlice(stream, ReadingsBatch(readings), 0, kNow).rows});
}

TEST(KeyDeltas, CountEachKeyOnceInTheOrderOfBytes) {
  EXPECT_THAT(DeltasOf({{"b", kNow}, {"a", kNow + 1s}, {"b", kNow - 1s}}),
              ElementsAre(KeyDelta{"a", kNow + 1s, kNow + 1s, kNow + 1s, 1},
                          KeyDelta{"b", kNow - 1s, kNow, kNow, 2}));
}

TEST(KeyDeltas, AReadingFromTheFutureIsTheLatestAndNoMore) {
  EXPECT_THAT(DeltasOf({{"a", kNow}, {"a", kNow + 24h}}),
              ElementsAre(KeyDelta{"a", kNow, kNow, kNow + 24h, 2}));
  EXPECT_THAT(DeltasOf({{"a", kNow + 24h}}),
              ElementsAre(KeyDelta{"a", std::nullopt, std::nullopt, kNow + 24h, 1}));
}

}  // namespace
}  // namespace sluice
