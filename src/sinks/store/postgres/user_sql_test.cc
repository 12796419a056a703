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

TEST(StatementOf, EndsAtTheSemicolonThatEndsTheStatement) {
  EXPECT_EQ(StatementOf("SELECT 1"), "SELECT 1");
  EXPECT_EQ(StatementOf("SELECT 1;"), "SELECT 1");
  EXPECT_EQ(StatementOf("SELECT 1; -- note; and more"), "SELECT 1");
  EXPECT_EQ(StatementOf("SELECT 1 -- a; b\n, 2; /* c */ ;"), "SELECT 1 -- a; b\n, 2");
  EXPECT_EQ(StatementOf("SELECT 'a' LIKE 'a' ESCAPE'\\'; "), "SELECT 'a' LIKE 'a' ESCAPE'\\'");
  EXPECT_EQ(StatementOf("SELECT 1 --\r;"), "SELECT 1 --\r");
  EXPECT_EQ(StatementOf("SELECT /* a; /* b; */ c; */ 1;"), "SELECT /* a; /* b; */ c; */ 1");
}

TEST(StatementOf, FindsNoneInAValueOrAName) {
  for (const char* whole : {"SELECT ';'", "SELECT 'it''s; so'", "SELECT E'it\\'s; so'", "SELECT \"a;b\"",
                            "SELECT $$;$$", "SELECT $tag$ $$; $tag$", "SELECT 1 -- ;", "SELECT 1 /* ;",
                            "SELECT ';", "SELECT $x$ ;", "$", "'", "E'\\", "/*"}) {
    EXPECT_EQ(StatementOf(whole), whole);
  }
  EXPECT_EQ(StatementOf("SELECT $1; "), "SELECT $1");
  EXPECT_EQ(StatementOf("SELECT a$b$; c$b$"), "SELECT a$b$");
}

}  // namespace
}  // namespace sluice::pg
