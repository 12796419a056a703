#include "app/console/text_table.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(TextTableTest, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table({{"key"}, {"count", true}});
  table.Add({"sensor-1", "7"});
  table.Add({"b", "12345"});
  EXPECT_EQ(table.Text(),
            "key       count\n"
            "--------  -----\n"
            "sensor-1      7\n"
            "b         12345\n");
}

TEST(TextTableTest, WithoutRowsThereAreStillNames) { EXPECT_EQ(TextTable({{"id"}}).Text(), "id\n--\n"); }

TEST(TextTableTest, ACellCannotBreakItsLine) {
  TextTable table({{"reason"}});
  table.Add({"two\nlines\x1b[31m"});
  EXPECT_EQ(table.Text(), "reason\n------------------\ntwo\\nlines\\x1b[31m\n");
}

TEST(TextTableTest, WideCharactersLineUp) {
  TextTable table({{"a"}, {"b"}});
  table.Add({"温度", "x"});
  table.Add({"t", "y"});
  EXPECT_EQ(table.Text(), "a     b\n----  -\n温度  x\nt     y\n");
}

TEST(TextTableTest, LongCellsAreCut) {
  TextTable table({{"text"}});
  table.Add({std::string(100, 'x')});
  EXPECT_EQ(table.Text(8), "text\n--------\nxxxxxxx…\n");
}

}  // namespace
}  // namespace sluice
