#include "app/console/csv_table.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

std::string Shown(std::string_view csv) {
  const auto table = TableOfCsv(csv);
  return table.ok() ? table->Text() : "refused: " + table.status().message();
}

TEST(CsvTableTest, NumbersStandToTheRightWithAllTheirDigits) {
  EXPECT_EQ(Shown("k,n\r\na,170141183460469231731687303715884105727\r\nb,\r\n"),
            "k                                        n\n"
            "-  ---------------------------------------\n"
            "a  170141183460469231731687303715884105727\n"
            "b\n");
}

TEST(CsvTableTest, TimesAndWordsStandToTheLeft) {
  EXPECT_EQ(Shown("t\n2025-10-15\n"), "t\n----------\n2025-10-15\n");
}

TEST(CsvTableTest, QuotedCellsMayHoldAnything) {
  EXPECT_EQ(Shown("a,b\n\"x,\"\"y\"\"\n\",\"1\"\n"), "a        b\n-------  -\nx,\"y\"\\n  1\n");
}

TEST(CsvTableTest, WithoutRowsThereAreStillNames) { EXPECT_EQ(Shown("a,b\n"), "a  b\n-  -\n"); }

TEST(CsvTableTest, WhatIsNoCsvIsRefused) { EXPECT_EQ(Shown("a,b\n1\n").substr(0, 7), "refused"); }

}  // namespace
}  // namespace sluice
