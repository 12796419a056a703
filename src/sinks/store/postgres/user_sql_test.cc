#include "sinks/store/postgres/user_sql.h"

#include <gtest/gtest.h>

namespace sluice::pg {
namespace {

TEST(DeniedName, FindsFunctionsHoweverTheyAreWritten) {
  EXPECT_EQ(DeniedName("SELECT pg_terminate_backend(1)"), "pg_terminate_backend");
  EXPECT_EQ(DeniedName("SELECT pg_catalog.\"pg_sleep\"(1)"), "pg_sleep");
  EXPECT_EQ(DeniedName("SELECT PG_Try_Advisory_Lock(1)"), "pg_try_advisory_lock");
  EXPECT_EQ(DeniedName("SELECT U&\"pg\\005fsleep\"(1)"), "U&\"");
}

TEST(DeniedName, LeavesOtherNamesAlone) {
  EXPECT_EQ(DeniedName("SELECT flo_w, hello_x, my_setval FROM readings"), "");
  EXPECT_EQ(DeniedName("SELECT avg(temperature) FROM readings WHERE sensor_id = 'a'"), "");
}

}  // namespace
}  // namespace sluice::pg
