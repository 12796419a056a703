// The bytes on disk and the small decisions about them: batches, keys, origins, segments, holes, ends,
// checksums.
#include <fstream>
#include <sstream>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "log/embedded/batch_format.h"
#include "log/embedded/crc32c.h"
#include "log/embedded/ends_file.h"
#include "log/embedded/holes.h"
#include "log/embedded/keys.h"
#include "log/embedded/origins.h"
#include "log/embedded/segments.h"
#include "log/embedded/upkeep.h"
#include "testing/source_tree.h"
#include "testing/streams.h"

namespace sluice::embedded {
namespace {

using std::chrono::hours;

std::string Hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    hex += {kDigits[byte >> 4], kDigits[byte & 15]};
    hex += i % 32 == 31 || i + 1 == bytes.size() ? '\n' : ' ';
  }
  return hex;
}

// The first block of hexadecimal bytes on the format page.
std::string ExampleOfThePage() {
  std::ifstream page(InSourceTree("docs/formats/log.md"));
  std::string example;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (inside && line == "```") break;
    if (inside) example += line + "\n";
    inside = inside || line == "```hex";
  }
  return example;
}

std::string BytesOf(const std::string& hex) {
  std::istringstream in(hex);
  std::string bytes;
  for (std::string digits; in >> digits;) bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
  return bytes;
}

// One row {n: 7} and one dead entry, from position 40 on.
Batch ExampleBatch() {
  arrow::Int64Builder n;
  (void)n.Append(7);
  const auto schema = arrow::schema({arrow::field("n", arrow::int64())});
  Batch batch{.rows = arrow::RecordBatch::Make(schema, 1, {*n.Finish()})};
  batch.dead.push_back(MakeDeadEntry(1, "no time", "source.a line 2", "{}"));
  return batch;
}
std::string EncodedExample() {
  const BatchHeader place{
      .stream = 1, .partition = 2, .schema = 3, .first = 40, .arrival = FromMicros(1'760'000'000'000'000)};
  return EncodeBatch(place, *EncodePayload(ExampleBatch()));
}

TEST(LogBatch, IsWrittenAsTheExampleOfThePage) { EXPECT_EQ(Hex(EncodedExample()), ExampleOfThePage()); }

TEST(LogBatch, TheExampleOfThePageIsRead) {
  const std::string bytes = BytesOf(ExampleOfThePage());
  const auto header = CheckBatch(bytes);
  ASSERT_TRUE(header.ok()) << header.status().message();
  EXPECT_EQ(header->partition, 2);
  EXPECT_EQ(header->next(), 42);
  const auto batch = DecodeBatch(arrow::Buffer::FromString(bytes), *header, ExampleBatch().rows->schema());
  ASSERT_TRUE(batch.ok()) << batch.status().message();
  EXPECT_TRUE(batch->rows->Equals(*ExampleBatch().rows));
  EXPECT_EQ(batch->dead.at(0).reason, "no time");
}

TEST(LogBatch, AnyFlippedBitIsFound) {
  const std::string whole = EncodedExample();
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string spoiled = whole;
    spoiled[bit / 8] = static_cast<char>(spoiled[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(CheckBatch(spoiled).ok()) << "bit " << bit;
  }
}

TEST(LogBatch, AnyCutIsFound) {
  const std::string whole = EncodedExample();
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(CheckBatch(whole.substr(0, size)).ok());
}

TEST(LogBatch, IsCutToSizeInOrder) {
  const auto pieces = CutToSize(CountingBatch(20'000));
  EXPECT_GT(pieces.size(), 1U);
  int64_t rows = 0;
  for (const Batch& piece : pieces) rows += piece.rows->num_rows();
  EXPECT_EQ(rows, 20'000);
}

TEST(LogCrc32c, GivesTheKnownAnswers) {
  EXPECT_EQ(Crc32c(""), 0U);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(Crc32c("6789", Crc32c("12345")), Crc32c("123456789"));
}

TEST(LogKeys, KeepTheOrderOfStreamPartitionAndPosition) {
  const std::vector<EntryPlace> ordered = {{1, 0, 0}, {1, 0, 255}, {1, 0, 256}, {1, 0, int64_t{1} << 40},
                                           {1, 1, 0}, {2, 0, 0},   {256, 0, 0}};
  for (size_t i = 1; i < ordered.size(); ++i) EXPECT_LT(BatchKey(ordered[i - 1]), BatchKey(ordered[i]));
  for (const EntryPlace& place : ordered) {
    EXPECT_EQ(ParseBatchKey(BatchKey(place)), place);
    EXPECT_EQ(ParsePlaceKey(PlaceKey(Kind::hole, place)), place);
  }
}

TEST(LogKeys, ExpiriesAreInOrderOfTime) {
  const std::string early = ExpiryKey(FromMicros(255), "z");
  EXPECT_LT(early, ExpiryKey(FromMicros(256), "a"));
  EXPECT_EQ(ParseExpiryKey(early)->second, "z");
  EXPECT_FALSE(ParseExpiryKey("X123"));
  EXPECT_FALSE(ParseBatchKey("short"));
}

OriginRecord KnownOrigin() {
  return {.epoch = 3, .from = 10, .next = 20, .fingerprint = "f", .answer = "ok"};
}
OriginStep StepOf(int64_t from, int64_t next, uint64_t epoch = 3) {
  return {.origin = "o", .epoch = epoch, .from = from, .next = next, .fingerprint = "f"};
}

TEST(LogOrigins, EveryStepHasOneVerdict) {
  using Outcome = AppendOutcome;
  EXPECT_EQ(DecideStep(KnownOrigin(), StepOf(20, 30)).kind, Outcome::done);
  EXPECT_EQ(DecideStep(KnownOrigin(), StepOf(10, 20)).kind, Outcome::already);
  EXPECT_EQ(DecideStep(KnownOrigin(), StepOf(0, 15)).kind, Outcome::already);
  EXPECT_EQ(DecideStep(KnownOrigin(), StepOf(15, 30)).kind, Outcome::failed);
  EXPECT_EQ(DecideStep(KnownOrigin(), StepOf(30, 40)).kind, Outcome::failed);
  EXPECT_EQ(DecideStep(KnownOrigin(), StepOf(20, 15)).kind, Outcome::failed);
  EXPECT_EQ(DecideStep(KnownOrigin(), StepOf(20, 30, 2)).kind, Outcome::lost);
  OriginStep other = StepOf(10, 20);
  other.fingerprint = "g";
  EXPECT_EQ(DecideStep(KnownOrigin(), other).kind, Outcome::conflict);
}

TEST(LogOrigins, RecordsAreReadAsWritten) {
  OriginRecord record = KnownOrigin();
  EXPECT_EQ(DecodeOrigin(EncodeOrigin(record)), record);
  record.expires = FromMicros(5);
  EXPECT_EQ(DecodeOrigin(EncodeOrigin(record)), record);
  EXPECT_FALSE(DecodeOrigin(EncodeOrigin(record) + "x"));
  EXPECT_FALSE(DecodeOrigin("short"));
}

Segment SegmentAt(int hour, Position first, int64_t bytes = 10) {
  const Timestamp time = FromMicros(0) + hours(hour);
  return {.first = first, .next = first + 10, .bytes = bytes, .batches = 1, .oldest = time, .newest = time};
}

TEST(LogSegments, AreReadAsWritten) {
  const Segment segment = SegmentAt(1, 100);
  EXPECT_EQ(DecodeSegment(EncodeSegment(segment), 100), segment);
  EXPECT_FALSE(DecodeSegment(EncodeSegment(segment), 110));
}

TEST(LogSegments, ABatchThatDoesNotFitBeginsANewOne) {
  const SegmentLimits limits{.bytes = 25, .span = hours(1)};
  std::deque<Segment> segments;
  EXPECT_TRUE(AddToSegments(segments, limits, SegmentAt(0, 0)));
  EXPECT_FALSE(AddToSegments(segments, limits, SegmentAt(1, 10)));
  EXPECT_TRUE(AddToSegments(segments, limits, SegmentAt(1, 20)));
  EXPECT_TRUE(AddToSegments(segments, limits, SegmentAt(3, 30)));
  EXPECT_EQ(segments.front().next, 20);
}

TEST(LogSegments, OnlyWhatEveryJobHasCommittedGoes) {
  const std::deque<Segment> segments = {SegmentAt(0, 0), SegmentAt(1, 10), SegmentAt(2, 20)};
  const Timestamp now = FromMicros(0) + hours(26);
  EXPECT_EQ(PlanRetention({{&segments, 30}}, now, hours(24), 0)[0], 3U);
  EXPECT_EQ(PlanRetention({{&segments, 15}}, now, hours(24), 1000)[0], 1U);
  EXPECT_EQ(PlanRetention({{&segments, 30}}, FromMicros(0), hours(24), 0)[0], 0U);
}

TEST(LogSegments, WhereRoomIsWantedTheOldestGoFirst) {
  const std::deque<Segment> young = {SegmentAt(5, 0)};
  const std::deque<Segment> old = {SegmentAt(1, 0), SegmentAt(6, 10)};
  const auto drops = PlanRetention({{&young, 10}, {&old, 20}}, FromMicros(0), hours(24), 15);
  EXPECT_EQ(drops, (std::vector<size_t>{1, 1}));
}

TEST(LogHoles, AreWhatNothingCovers) {
  const Holes known = {{10, {.next = 20}}};
  HoleFinder finder(known, 0);
  finder.Cover(0, 5);
  finder.Cover(25, 30);
  using Found = std::vector<std::pair<Position, Position>>;
  EXPECT_EQ(finder.Finish(40), (Found{{5, 10}, {20, 25}, {30, 40}}));
}

TEST(LogHoles, EmptyOnesAreToldFromLostOnes) {
  Holes holes = {{10, {.next = 20}}, {20, {.next = 50, .empty = true}}};
  EXPECT_EQ(EmptyWithin(holes, 0, 100), 30);
  EXPECT_EQ(EmptyWithin(holes, 30, 40), 10);
  EXPECT_EQ(EmptyWithin(holes, 5, 20), 0);
  CutHoles(holes, 30);
  EXPECT_EQ(holes, (Holes{{30, {.next = 50, .empty = true}}}));
  EXPECT_EQ(DecodeHole(EncodeHole(holes[30])), holes[30]);
}

TEST(LogEnds, PositionsGoOnWhereNobodyWasGivenAny) {
  const Witness witness{.next = 100, .reserved = 500, .boot = 7};
  EXPECT_EQ(ContinueFrom(100, witness, 7).next, 100);  // the process died
  EXPECT_EQ(ContinueFrom(90, witness, 7).lost, 100);
  EXPECT_EQ(ContinueFrom(120, witness, 8).lost, 120);  // the power was cut
  EXPECT_EQ(ContinueFrom(120, witness, 8).next, 500);
  EXPECT_EQ(ContinueFrom(600, witness, 8).next, 600);
  EXPECT_EQ(ContinueFrom(100, {.next = 100, .reserved = 100}, 8).next, 100);  // closed in order
}

TEST(LogEnds, ADamagedSlotIsLeftOut) {
  const Witness witness{.next = 100, .reserved = 500, .boot = 7};
  std::string content = EncodeEndsSlot(1, 0, witness) + EncodeEndsSlot(1, 1, witness);
  content[40] = static_cast<char>(content[40] ^ 1);
  EXPECT_EQ(DecodeEnds(content), (EndsByPartition{{{1, 0}, witness}}));
}

TEST(LogUpkeep, AppendsGoOnWhenTheReserveFitsTwice) {
  EXPECT_TRUE(MayResume(std::nullopt));
  EXPECT_FALSE(MayResume(127 << 20));
  EXPECT_TRUE(MayResume(128 << 20));
}

TEST(LogUpkeep, GarbageIsCollectedWhenItIsMuchAndGrew) {
  constexpr int64_t kGiB = int64_t{1} << 30;
  EXPECT_FALSE(WorthCollecting(kGiB, kGiB, 0, 4 * kGiB));
  EXPECT_TRUE(WorthCollecting(2 * kGiB, kGiB, 0, 4 * kGiB));
  EXPECT_FALSE(WorthCollecting(2 * kGiB, kGiB, 2 * kGiB, 4 * kGiB));
}

}  // namespace
}  // namespace sluice::embedded
