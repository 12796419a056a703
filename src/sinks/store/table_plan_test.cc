#include "sinks/store/table_plan.h"

#include <gmock/gmock.h>

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Columns = std::vector<TableColumn>;

FoundTable Found(Columns columns, std::vector<std::string> had = {}) {
  return {.name = "\"s\".\"t\"",
          .columns = std::move(columns),
          .had = std::move(had),
          .converted = [](const std::string& column, const std::string&, const std::string& to) {
            return to == "POINT" ? "" : column + "::" + to;
          }};
}

TEST(TablePlan, AddsWhatIsMissingInTheOrderOfTheFile) {
  const auto plan =
      PlanColumns(Found({{"a", "BIGINT"}}), {{"b", "DOUBLE"}, {"a", "BIGINT"}, {"c", "VARCHAR"}});
  EXPECT_THAT(*plan, ElementsAre(TableColumn{"b", "DOUBLE"}, TableColumn{"c", "VARCHAR"}));
}

TEST(TablePlan, KeepsAColumnThatIsNoLongerDeclared) {
  EXPECT_THAT(*PlanColumns(Found({{"a", "BIGINT"}, {"b", "DOUBLE"}}, {"a", "b"}), {{"a", "BIGINT"}}),
              IsEmpty());
}

TEST(TablePlan, ComparesNamesWithoutRegardToCase) {
  EXPECT_THAT(*PlanColumns(Found({{"Temp", "DOUBLE"}}, {"TEMP"}), {{"temp", "DOUBLE"}}), IsEmpty());
}

TEST(TablePlan, RefusesAnotherTypeWithTheSqlToRun) {
  const auto plan = PlanColumns(Found({{"a", "BIGINT"}}), {{"a", "VARCHAR"}});
  EXPECT_THAT(plan.status().message(),
              HasSubstr("ALTER TABLE \"s\".\"t\" ALTER COLUMN \"a\" TYPE VARCHAR USING \"a\"::VARCHAR;"));
}

TEST(TablePlan, GivesNoSqlWhereNothingConverts) {
  const auto plan = PlanColumns(Found({{"a", "BIGINT"}}), {{"a", "POINT"}});
  EXPECT_THAT(plan.status().message(), Not(HasSubstr("ALTER TABLE")));
}

TEST(TablePlan, DoesNotMakeAColumnAnewThatSomebodyRemoved) {
  const auto plan = PlanColumns(Found({{"a", "BIGINT"}}, {"a", "b"}), {{"a", "BIGINT"}, {"b", "DOUBLE"}});
  EXPECT_THAT(plan.status().message(), HasSubstr("ALTER TABLE \"s\".\"t\" ADD COLUMN \"b\" DOUBLE;"));
}

TEST(TablePlan, RefusesAnotherKeyOrTime) {
  EXPECT_TRUE(CheckRoles("t", {"k", "ts"}, {"k", "ts"}).ok());
  EXPECT_THAT(CheckRoles("t", {"k", "ts"}, {"", "ts"}).message(), HasSubstr("its key was 'k' and is now ''"));
  EXPECT_THAT(CheckRoles("t", {"k", "ts"}, {"k", "at"}).message(), HasSubstr("its time was 'ts'"));
}

}  // namespace
}  // namespace sluice
