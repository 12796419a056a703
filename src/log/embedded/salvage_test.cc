// What repair takes out of single files and how it puts records together: pure functions over bytes.
#include <cstring>

#include <gtest/gtest.h>

#include "log/embedded/blob_scan.h"
#include "log/embedded/catalog.h"
#include "log/embedded/crc32c.h"
#include "log/embedded/origins.h"
#include "log/embedded/record_merge.h"
#include "log/embedded/stream_copy.h"
#include "log/embedded/wal_scan.h"
#include "log/embedded/wire.h"
#include "testing/streams.h"

namespace sluice::embedded {
namespace {

std::string Fragment(uint8_t type, const std::string& payload) {
  WireWriter out;
  out.Put(MaskedCrc32c(static_cast<char>(type) + payload));
  out.Put(static_cast<uint16_t>(payload.size()));
  out.Put(type);
  return out.Take() + payload;
}

std::vector<std::string> RecordsOf(const std::string& file, int64_t* damaged = nullptr) {
  std::vector<std::string> records;
  const auto scan = ForEachWalRecord(file, [&](std::string_view record) {
    records.emplace_back(record);
    return Status();
  });
  if (damaged) *damaged = scan->damaged;
  return records;
}

std::string BlobRecord(Position first) {
  BatchHeader place{.stream = 1, .first = first};
  const EncodedPayload payload = *EncodePayload(CountingBatch(5));
  place.rows = payload.header.rows;
  place.rows_stored = payload.header.rows_stored;
  place.rows_raw = payload.header.rows_raw;
  place.codec = payload.header.codec;
  const std::string value = EncodeBatch(place, payload);
  std::string record(32, '\0');
  const uint64_t sizes[] = {16, value.size(), 0};
  std::memcpy(record.data(), sizes, sizeof sizes);
  const uint32_t crc = MaskedCrc32c(std::string_view(record).substr(0, sizeof sizes));
  std::memcpy(record.data() + sizeof sizes, &crc, sizeof crc);
  return record + BatchKey({1, 0, first}) + value;
}

std::vector<Position> BatchesOf(const std::string& records) {
  std::vector<Position> found;
  (void)ForEachBlobBatch(std::string(30, 'h') + records + std::string(32, 'f'),
                         [&](const BatchHeader& header, std::string_view) {
                           found.push_back(header.first);
                           return Status();
                         });
  return found;
}

TEST(WalScan, RecordsOfOneAndOfSeveralFragmentsAreRead) {
  const std::string file =
      Fragment(1, "whole") + Fragment(2, "fi") + Fragment(3, "r") + Fragment(4, "st") + Fragment(1, "");
  int64_t damaged = 0;
  EXPECT_EQ(RecordsOf(file, &damaged), (std::vector<std::string>{"whole", "first", ""}));
  EXPECT_EQ(damaged, 0);
}

TEST(WalScan, WhatIsBehindADamagedBlockIsRead) {
  std::string block = Fragment(1, "a") + Fragment(1, "b");
  block[8] ^= 1;
  block.resize(32 << 10);
  int64_t damaged = 0;
  EXPECT_EQ(RecordsOf(block + Fragment(1, "c"), &damaged), (std::vector<std::string>{"a", "c"}));
  EXPECT_GT(damaged, 0);
}

TEST(WalScan, ARecordThatLacksItsBeginningOrItsEndIsPassedOver) {
  int64_t damaged = 0;
  EXPECT_EQ(RecordsOf(Fragment(4, "end") + Fragment(1, "a") + Fragment(2, "begin"), &damaged),
            std::vector<std::string>{"a"});
  EXPECT_EQ(damaged, 2);
}

TEST(BlobScan, BatchesAreFoundInOrder) {
  EXPECT_EQ(BatchesOf(BlobRecord(0) + BlobRecord(5)), (std::vector<Position>{0, 5}));
}

TEST(BlobScan, BatchesBehindDamageAreFoundWhereverItStruck) {
  const std::string whole = BlobRecord(0);
  for (size_t at = 0; at + 1 < whole.size(); at += 7) {
    std::string damaged = whole;
    damaged[at] ^= 4;
    const auto found = BatchesOf(damaged + BlobRecord(5));
    ASSERT_FALSE(found.empty()) << at;
    EXPECT_EQ(found.back(), 5) << at;
  }
}

TEST(BlobScan, AFileCutInABatchGivesTheBatchesBefore) {
  EXPECT_EQ(BatchesOf(BlobRecord(0) + BlobRecord(5).substr(0, 100)), std::vector<Position>{0});
}

class Merging : public testing::Test {
 protected:
  void AddStream(int partitions) {
    merge_.Add(StreamKey(1), EncodeStream(ReadingsStream(partitions), 1));
    merge_.Add(SchemaKey(1, 1), EncodeSchema(*ReadingsStream().RowSchema()));
  }
  RecordMerge merge_;
};

TEST_F(Merging, TheFartherEndsWin) {
  AddStream(1);
  merge_.Add(EndsKey(1, 0), EncodeEnds({.low = 10, .next = 50}));
  merge_.Add(EndsKey(1, 0), EncodeEnds({.low = 20, .next = 40}));
  EXPECT_EQ(merge_.Take("id").at(EndsKey(1, 0)), EncodeEnds({.low = 20, .next = 50}));
}

TEST_F(Merging, TheFartherOriginWinsAndItsExpiryIsListed) {
  const OriginRecord old{.epoch = 1, .next = 7};
  const OriginRecord claimed{.epoch = 2, .next = 7, .expires = FromMicros(5)};
  merge_.Add(OriginKey("a"), EncodeOrigin(claimed));
  merge_.Add(OriginKey("a"), EncodeOrigin(old));
  const auto all = merge_.Take("id");
  EXPECT_EQ(all.at(OriginKey("a")), EncodeOrigin(claimed));
  EXPECT_TRUE(all.contains(ExpiryKey(FromMicros(5), "a")));
}

TEST_F(Merging, AnOriginThatBeganAnewAfterItsExpiryIsTheNewOne) {
  const OriginRecord forgotten{.next = 9, .expires = FromMicros(5)};
  const OriginRecord anew{.next = 1, .expires = FromMicros(50)};
  merge_.Add(OriginKey("a"), EncodeOrigin(anew));
  merge_.Add(OriginKey("a"), EncodeOrigin(forgotten));
  EXPECT_EQ(merge_.Take("id").at(OriginKey("a")), EncodeOrigin(anew));
}

TEST_F(Merging, AStreamHasAllPartitionsThatAnythingWasFoundOf) {
  AddStream(4);
  AddStream(2);
  merge_.Add(EndsKey(1, 6), EncodeEnds({.low = 0, .next = 3}));
  EXPECT_EQ(DecodeStream(merge_.Take("id").at(StreamKey(1)))->spec.partitions, 7);
}

TEST_F(Merging, RecordsOfAnUnknownStreamAndDamagedOnesAreLeftOut) {
  merge_.Add(EndsKey(9, 0), EncodeEnds({.low = 0, .next = 3}));
  merge_.Add(StreamKey(1), "nonsense");
  merge_.Add("", "");
  EXPECT_EQ(merge_.Take("id").size(), 1U);
}

TEST_F(Merging, TheIdIsFound) {
  EXPECT_EQ(merge_.id(), "");
  merge_.Add(kIdentityKey, EncodeIdentityRecord("abc"));
  EXPECT_EQ(merge_.id(), "abc");
}

TEST(StreamCopy, GivesBackItsRecordsUnlessAByteIsWrong) {
  Catalog catalog;
  auto& stream = catalog["readings"] = std::make_unique<StreamState>();
  *stream = {.id = 1, .spec = ReadingsStream(), .schema = 1};
  stream->schemas[1] = ReadingsStream().RowSchema();
  std::string copy = EncodeStreamCopy(catalog);
  EXPECT_EQ(DecodeStreamCopy(copy).size(), 2U);
  copy[copy.size() / 2] ^= 1;
  EXPECT_TRUE(DecodeStreamCopy(copy).empty());
}

}  // namespace
}  // namespace sluice::embedded
