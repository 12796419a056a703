#include "sources/kafka/record_decoder.h"

#include <gmock/gmock.h>

#include "testing/streams.h"

namespace sluice {
namespace {

class ForeignRecords : public testing::Test {
 protected:
  void Decode(std::optional<std::string_view> key, std::optional<std::string_view> value) {
    if (decoder_ == nullptr) Expect({});
    decoder_->Decode(key, value, *out_);
  }
  void Expect(const std::optional<std::string>& key_field) {
    auto made = RecordDecoder::Make(CodecKind::json, ReadingsStream(), {.source = "source.a"}, key_field);
    ASSERT_TRUE(made.ok()) << made.status().message();
    decoder_ = *std::move(made);
    out_ = std::make_unique<BatchBuilder>(ReadingsStream());
  }
  std::string Reason() {
    const Batch batch = out_->Finish();
    EXPECT_EQ(batch.rows->num_rows(), 0);
    return batch.dead.size() == 1 ? batch.dead[0].reason : "";
  }

  std::unique_ptr<RecordDecoder> decoder_;
  std::unique_ptr<BatchBuilder> out_;
  const std::string reading_ = R"({"sensor_id":"a","timestamp":"2025-10-15T12:00:00Z"})";
};

TEST_F(ForeignRecords, AValueIsAReading) {
  Decode("k", reading_);
  EXPECT_EQ(out_->Finish().rows->num_rows(), 1);
}

TEST_F(ForeignRecords, ARecordWithoutAValueIsADeadEntry) {
  Decode("k", std::nullopt);
  EXPECT_EQ(Reason(), "a record without a value");
}

TEST_F(ForeignRecords, AnEmptyValueHoldsNoReading) {
  Decode("k", "");
  EXPECT_EQ(Reason(), "holds no reading");
}

TEST_F(ForeignRecords, ABadValueDoesNotSpoilTheNext) {
  Decode("k", R"({"sensor_id":)");
  Decode("k", reading_);
  const Batch batch = out_->Finish();
  EXPECT_EQ(batch.rows->num_rows(), 1);
  EXPECT_EQ(batch.dead.size(), 1U);
}

TEST_F(ForeignRecords, AKeyFieldTakesTheRecordsKey) {
  Expect("sensor_id");
  Decode("k \"1\"", R"( {"timestamp":"2025-10-15T12:00:00Z"})");
  const Batch batch = out_->Finish();
  ASSERT_EQ(batch.rows->num_rows(), 1);
  EXPECT_EQ(static_cast<const arrow::StringArray&>(*batch.rows->column(0)).GetString(0), "k \"1\"");
}

TEST_F(ForeignRecords, AKeyThatIsNoUtf8IsADeadEntryWhenItIsNeeded) {
  Expect("sensor_id");
  Decode("\xff", R"({"timestamp":"2025-10-15T12:00:00Z"})");
  EXPECT_EQ(Reason(), "its key is not UTF-8");
}

TEST_F(ForeignRecords, WhatTheJsonHoldsWinsOverTheKey) {
  Expect("sensor_id");
  Decode("k", reading_);
  const Batch batch = out_->Finish();
  ASSERT_EQ(batch.rows->num_rows(), 1);
  EXPECT_EQ(static_cast<const arrow::StringArray&>(*batch.rows->column(0)).GetString(0), "a");
}

TEST_F(ForeignRecords, AKeyThatIsNoUtf8MattersOnlyWhereItIsNeeded) {
  Expect("sensor_id");
  Decode("\xff", reading_);
  EXPECT_EQ(out_->Finish().rows->num_rows(), 1);
}

TEST(WithKeyTest, JoinsTheKeyToTheObject) {
  const KeyMember id{.path = {"id"}};
  EXPECT_EQ(WithKey(id, "a", R"({"v":1})"), R"({"id":"a","v":1})");
  EXPECT_EQ(WithKey(id, "a", " { }"), R"( {"id":"a" })");
  EXPECT_EQ(WithKey({.path = {"id"}, .type = FieldType::integer}, "7", R"({"v":1})"), R"({"id":7,"v":1})");
}

TEST(WithKeyTest, LeavesWhatIsThereAndWhatIsNoObject) {
  const KeyMember id{.path = {"id"}};
  for (const char* value : {R"({"v":1,"id":"b"})", R"({"\u0069d":""})", "[1]", "", R"({"v":)"}) {
    EXPECT_EQ(WithKey(id, "a", value), value);
  }
}

TEST(WithKeyTest, ANullIsAsGoodAsAbsent) {
  EXPECT_EQ(WithKey({.path = {"id"}}, "a", R"({"v":1, "id" : null })"), R"({"v":1, "id" : "a" })");
}

TEST(WithKeyTest, ThePathDescends) {
  const KeyMember id{.path = {"device", "id"}};
  EXPECT_EQ(WithKey(id, "a", R"({"v":1})"), R"({"device":{"id":"a"},"v":1})");
  EXPECT_EQ(WithKey(id, "a", R"({"v":1,"device":{"x":2}})"), R"({"v":1,"device":{"id":"a","x":2}})");
  EXPECT_EQ(WithKey(id, "a", R"({"device":null})"), R"({"device":{"id":"a"}})");
  EXPECT_EQ(WithKey(id, "a", R"({"device":{"id":"b"}})"), R"({"device":{"id":"b"}})");
}

}  // namespace
}  // namespace sluice
