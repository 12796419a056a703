#include "core/schema.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "testing/streams.h"

namespace sluice {
namespace {

TEST(StreamSpec, KnowsItsFieldsByName) {
  EXPECT_EQ(ReadingsStream().FieldIndex("temperature"), 2);
  EXPECT_EQ(ReadingsStream().FieldIndex("nothing"), -1);
}

TEST(StreamSpec, PutsSystemColumnsBehindItsOwn) {
  EXPECT_EQ(ReadingsStream().TableSchema()->field_names(),
            (std::vector<std::string>{"sensor_id", "timestamp", "temperature", "humidity", "ingested_at",
                                      "_partition", "_position"}));
}

TEST(StreamSpec, KeepsUnknownFieldsInOneMoreColumn) {
  StreamSpec stream = ReadingsStream();
  stream.unknown = UnknownFields::keep;
  EXPECT_EQ(stream.RowSchema()->field(4)->name(), "extra");
}

TEST(FieldTypes, HaveTheWordsOfThePipelineFile) {
  for (const char* name : {"bool", "int", "double", "string", "timestamp", "json"}) {
    const auto type = FieldTypeFromName(name);
    ASSERT_TRUE(type.has_value()) << name;
    EXPECT_EQ(FieldTypeName(*type), name);
  }
  EXPECT_FALSE(FieldTypeFromName("float").has_value());
}

}  // namespace
}  // namespace sluice
