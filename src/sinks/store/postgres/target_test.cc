#include "sinks/store/postgres/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::pg {
namespace {

using ::testing::Contains;
using ::testing::Pair;

TEST(Target, AUrlIsShownWithoutItsPassword) {
  const Target target =
      TargetOf({.url = Secret("postgresql://me:secret@db.example:5433/sensors?sslmode=require")});
  EXPECT_EQ(target.shown, "db.example:5433/sensors");
  EXPECT_THAT(target.keywords,
              Contains(Pair("dbname", "postgresql://me:secret@db.example:5433/sensors?sslmode=require")));
}

TEST(Target, PartsAreKeywords) {
  const Target target =
      TargetOf({.host = "db", .user = "me", .password = Secret("p"), .sslmode = "verify-full"});
  EXPECT_EQ(target.shown, "db:5432");
  EXPECT_THAT(target.keywords, Contains(Pair("password", "p")));
  EXPECT_THAT(target.keywords, Contains(Pair("sslmode", "verify-full")));
}

TEST(Target, KnowsUrls) {
  EXPECT_TRUE(IsUrl("postgres://localhost"));
  EXPECT_FALSE(IsUrl("mysql://localhost"));
  EXPECT_FALSE(IsUrl("host=localhost"));
  EXPECT_FALSE(IsUrl("postgresql://localhost?nonsense=1"));
}

}  // namespace
}  // namespace sluice::pg
