#include "app/console/json_table.h"

#include <gmock/gmock.h>

namespace sluice {
namespace {

using testing::ElementsAre;

TEST(JsonTableTest, MembersOfObjectsBecomeColumns) {
  const auto table = TableOfObjects(R"({"jobs":[{"name":"a","terms":{"stored":7}},{"name":"b","terms":{}}]})",
                                    "/jobs", {{"name", "job"}, {"terms.stored", "stored", true}});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->Text(), "job  stored\n---  ------\na         7\nb\n");
}

TEST(JsonTableTest, NamesOfMembersAreTheFirstColumn) {
  const auto table = TableOfMembers(R"({"x":{"n":1},"y":{"n":22}})", "", "job", {{"n", "n", true}});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->Text(), "job   n\n---  --\nx     1\ny    22\n");
}

TEST(JsonTableTest, AnAnswerOfAnotherProgramIsRefused) {
  EXPECT_FALSE(TableOfObjects("<html>", "", {}).ok());
  EXPECT_FALSE(TableOfObjects("{}", "/jobs", {}).ok());
}

TEST(JsonTableTest, AMemberIsFoundByItsPointer) {
  EXPECT_EQ(JsonMember(R"({"a":{"b":"c"},"ok":true})", "/a/b"), "c");
  EXPECT_EQ(JsonMember(R"({"ok":true})", "/ok"), "true");
  EXPECT_EQ(JsonMember(R"({"ok":null})", "/ok"), "");
  EXPECT_EQ(JsonMember("no", "/ok"), "");
}

TEST(JsonTableTest, ElementsKeepTheirText) {
  const auto elements = JsonElements(R"([{"a":1},2,"x"])");
  ASSERT_TRUE(elements.ok());
  EXPECT_THAT(*elements, ElementsAre(R"({"a":1})", "2", R"("x")"));
}

TEST(JsonTableTest, LinesBecomeOneArray) {
  EXPECT_EQ(JsonArrayOfLines("{\"a\":1}\n{\"a\":2}\n"), "[{\"a\":1},\n{\"a\":2}]");
  EXPECT_EQ(JsonArrayOfLines(""), "[]");
}

}  // namespace
}  // namespace sluice
