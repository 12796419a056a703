#include "sinks/store/postgres/failure.h"

#include <gtest/gtest.h>

namespace sluice::pg {
namespace {

Code CodeOf(const std::string& sqlstate, const std::string& message = "x") {
  return StatusOf({.sqlstate = sqlstate, .message = message}).code();
}

TEST(Failure, ValuesAreRejectedAndStatesAreWaitedFor) {
  EXPECT_EQ(CodeOf("22021"), Code::reject) << "a NUL byte";
  EXPECT_EQ(CodeOf("22P02"), Code::reject) << "no JSON";
  EXPECT_EQ(CodeOf("23514"), Code::reject) << "a constraint that somebody added";
  EXPECT_EQ(CodeOf("53100"), Code::retry) << "a full disk";
  EXPECT_EQ(CodeOf("57P01"), Code::retry) << "a restart";
  EXPECT_EQ(CodeOf(""), Code::retry) << "a broken connection";
  EXPECT_EQ(CodeOf(kLostFence), Code::lost);
}

TEST(Failure, ATableThatWasAlteredIsNoFaultOfTheRows) {
  EXPECT_EQ(CodeOf("22P04", "row field count is 7, expected 8"), Code::retry);
  EXPECT_EQ(CodeOf("22P03", "incorrect binary data format"), Code::retry);
  EXPECT_EQ(CodeOf("23514", "no partition of relation \"readings\" found for row"), Code::retry);
}

TEST(Failure, ANullInAColumnOfSomebodyElseIsNoFaultOfTheRow) {
  const Failure failure{.sqlstate = "23502", .column = "operator"};
  EXPECT_TRUE(IsForeignColumn(failure, {"value", "note"}));
  EXPECT_FALSE(IsForeignColumn(failure, {"value", "operator"}));
  EXPECT_FALSE(IsForeignColumn({.sqlstate = "23514"}, {"value"}));
}

TEST(Failure, TheContextOfACopyNamesTheRow) {
  EXPECT_EQ(RowOf({.context = "COPY readings, line 3, column note"}), 2);
  EXPECT_EQ(RowOf({.context = "JSON data, line 1: {bad\nCOPY readings, line 2, column note"}), 1);
  EXPECT_EQ(RowOf({.context = "SQL function \"f\" statement 1"}), std::nullopt);
}

}  // namespace
}  // namespace sluice::pg
