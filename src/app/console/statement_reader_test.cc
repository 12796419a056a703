#include "app/console/statement_reader.h"

#include <gmock/gmock.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(StatementReaderTest, AStatementEndsAtItsSemicolon) {
  StatementReader reader;
  EXPECT_THAT(reader.Feed("SELECT 1; SELECT 2 ;"), ElementsAre("SELECT 1", "SELECT 2"));
}

TEST(StatementReaderTest, AStatementMayTakeManyLines) {
  StatementReader reader;
  EXPECT_THAT(reader.Feed("SELECT count(*)"), IsEmpty());
  EXPECT_TRUE(reader.pending());
  EXPECT_THAT(reader.Feed("FROM readings;"), ElementsAre("SELECT count(*)\nFROM readings"));
  EXPECT_FALSE(reader.pending());
}

TEST(StatementReaderTest, SemicolonsInQuotesEndNothing) {
  StatementReader reader;
  EXPECT_THAT(reader.Feed(R"(SELECT 'a;''b;', "c;d", $$e;f$$;)"),
              ElementsAre(R"(SELECT 'a;''b;', "c;d", $$e;f$$)"));
}

TEST(StatementReaderTest, QuotesMayTakeManyLines) {
  StatementReader reader;
  EXPECT_THAT(reader.Feed("SELECT 'a;"), IsEmpty());
  EXPECT_THAT(reader.Feed("\\q"), IsEmpty());
  EXPECT_FALSE(reader.quit());
  EXPECT_THAT(reader.Feed("b';"), ElementsAre("SELECT 'a;\n\\q\nb'"));
}

TEST(StatementReaderTest, CommentsAreNoStatements) {
  StatementReader reader;
  EXPECT_THAT(reader.Feed("-- one; two;"), IsEmpty());
  EXPECT_THAT(reader.Feed("/* three; */ ;"), IsEmpty());
  EXPECT_THAT(reader.Feed("SELECT 1 -- it's one;"), IsEmpty());
  EXPECT_THAT(reader.Feed(";"), ElementsAre("SELECT 1"));
}

TEST(StatementReaderTest, EmptyStatementsAreNone) {
  StatementReader reader;
  EXPECT_THAT(reader.Feed(" ;; ; "), IsEmpty());
  EXPECT_EQ(reader.Rest(), "");
}

TEST(StatementReaderTest, TheRestNeedsNoSemicolon) {
  StatementReader reader;
  EXPECT_THAT(reader.Feed("SELECT 1"), IsEmpty());
  EXPECT_EQ(reader.Rest(), "SELECT 1");
}

TEST(StatementReaderTest, BackslashQEndsTheInput) {
  StatementReader reader;
  EXPECT_THAT(reader.Feed(" \\q "), IsEmpty());
  EXPECT_TRUE(reader.quit());
}

}  // namespace
}  // namespace sluice
