#include "sinks/store/table_plan.h"

#include <gmock/gmock.h>

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(TablePlan, AddsWhatIsMissingInTheOrderOfTheFile) {
  const auto plan = PlanColumns("t", {{"a", "BIGINT"}}, {{"b", "DOUBLE"}, {"a", "BIGINT"}, {"c", "VARCHAR"}});
  EXPECT_THAT(*plan, ElementsAre(TableColumn{"b", "DOUBLE"}, TableColumn{"c", "VARCHAR"}));
}

TEST(TablePlan, KeepsAColumnThatIsNoLongerDeclared) {
  EXPECT_THAT(*PlanColumns("t", {{"a", "BIGINT"}, {"b", "DOUBLE"}}, {{"a", "BIGINT"}}), IsEmpty());
}

TEST(TablePlan, ComparesNamesWithoutRegardToCase) {
  EXPECT_THAT(*PlanColumns("t", {{"Temp", "DOUBLE"}}, {{"temp", "DOUBLE"}}), IsEmpty());
}

TEST(TablePlan, RefusesAnotherTypeWithTheSqlToRun) {
  const auto plan = PlanColumns("t\"x", {{"a", "BIGINT"}}, {{"a", "VARCHAR"}});
  EXPECT_THAT(plan.status().message(), HasSubstr("ALTER TABLE \"t\"\"x\" ALTER COLUMN \"a\" TYPE VARCHAR;"));
}

TEST(TablePlan, RefusesAnotherKeyOrTime) {
  EXPECT_TRUE(CheckRoles("t", {"k", "ts"}, {"k", "ts"}).ok());
  EXPECT_THAT(CheckRoles("t", {"k", "ts"}, {"", "ts"}).message(), HasSubstr("its key was 'k' and is now ''"));
  EXPECT_THAT(CheckRoles("t", {"k", "ts"}, {"k", "at"}).message(), HasSubstr("its time was 'ts'"));
}

}  // namespace
}  // namespace sluice
