#include "core/summary.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(SummaryValueText, NamesFunctionAndField) {
  EXPECT_EQ(*ParseSummaryValue("a", "avg(temperature)"), (SummaryValue{"a", Aggregate::avg, "temperature"}));
  EXPECT_EQ(*ParseSummaryValue("n", " count( * ) "), (SummaryValue{"n", Aggregate::count, ""}));
}

TEST(SummaryValueText, RejectsEverythingElse) {
  for (const char* text : {"", "avg", "avg()", "avg(*)", "median(x)", "avg(x", "(x)", "count(*"}) {
    EXPECT_FALSE(ParseSummaryValue("a", text).ok()) << text;
  }
}

}  // namespace
}  // namespace sluice
