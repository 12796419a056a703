// Questions that users write: one SELECT is answered, nothing else is done, and no question takes the store
// with it.
#include "contract/stores.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class HostileSql : public StoreContract {};
INSTANTIATE_TEST_SUITE_P(Stores, HostileSql, ::testing::ValuesIn(AllStores()),
                         [](const auto& store) { return store.param.name; });

constexpr const char* kHostile[] = {
    "COPY readings TO '/tmp/x.csv'",
    "COPY readings FROM '/etc/passwd'",
    "ATTACH '/tmp/x.db' AS x",
    "DETACH main",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "SET threads = 1",
    "SET GLOBAL memory_limit = '1GB'",
    "RESET threads",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM READ_BLOB('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_parquet('/tmp/x.parquet')",
    "SELECT * FROM parquet_scan('/tmp/x')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'x.csv'",
    "SELECT * FROM \"x.parquet\"",
    "SELECT getenv('HOME')",
    "CALL pragma_version()",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE readings",
    "/* a */ DROP TABLE readings",
    "-- x\nDELETE FROM readings",
    "WITH x AS (DELETE FROM readings RETURNING *) SELECT * FROM x",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT current_setting('temp_directory')",
    "SELECT * FROM checkpoint()",
    "SELECT * FROM \"force_checkpoint\"()",
    "SELECT * FROM main.enable_logging()",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('readings')",
    "SELECT nextval('sluice_dead_letter_id')",
    "SELECT setseed(0.5)",
    "SELECT sleep_ms(100000)",
    "INSERT INTO readings DEFAULT VALUES",
    "UPDATE readings SET humidity=1",
    "CREATE TABLE x (a INT)",
    "CREATE TEMP TABLE x (a INT)",
    "DESCRIBE readings",
    "SHOW TABLES",
    "EXPLAIN SELECT 1",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "VACUUM",
    "CHECKPOINT",
    "PREPARE p AS SELECT 1",
    "USE memory",
    "",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM arrow_scan(1::POINTER, 2::POINTER, 3::POINTER)",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))",
    "SELECT * FROM pg_catalog.pg_settings WHERE false UNION ALL SELECT * FROM read_csv('/etc/passwd')"};

TEST_P(HostileSql, IsRefusedAndLeavesTheStoreWorking) {
  Open();
  Keep({{"a", kNoon, 1, 0}});
  for (const char* sql : kHostile) {
    const auto answer = store_->Sql({.text = sql});
    ASSERT_FALSE(answer.ok()) << sql;
    EXPECT_EQ(answer.status().code(), Code::reject) << sql << ": " << answer.status().message();
  }
  Keep({{"a", kNoon, 2, 0}});
  EXPECT_EQ(Rows(), 2);
}

TEST_P(HostileSql, ThatNeverEndsIsStopped) {
  Open();
  for (const char* sql :
       {"WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x FROM t) SELECT count(*) FROM t",
        "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c"}) {
    const auto answer = store_->Sql({.text = sql, .timeout = 200ms});
    ASSERT_FALSE(answer.ok());
    EXPECT_THAT(answer.status().message(), HasSubstr("took longer than 200ms"));
  }
  EXPECT_EQ(Rows(), 0);
}

// The time may be over at any instruction: of the question, and of what follows it.
TEST_P(HostileSql, ThatIsStoppedAnywhereLeavesTheStoreWorking) {
  Open();
  for (int i = 0; i < 60; ++i) {
    const std::string sql = "SELECT count(*) FROM range(1000000) a, range(1000000) b";
    ASSERT_FALSE(store_->Sql({.text = sql, .timeout = std::chrono::milliseconds(1 + i % 30)}).ok());
    ASSERT_EQ(Rows(), 0);
  }
}

class HostileDuckDbSql : public StoreContract {};
INSTANTIATE_TEST_SUITE_P(Stores, HostileDuckDbSql, ::testing::Values(DuckDbStores()),
                         [](const auto& store) { return store.param.name; });

TEST_P(HostileDuckDbSql, ThatWantsAVastValueIsRefusedAtOnce) {
  Open();
  for (const char* sql :
       {"SELECT repeat('x', 2000000000)", "SELECT length(repeat(repeat('x', 60000000), 60000000))",
        "SELECT lpad('x', 2000000000, 'y')", "SELECT len(range(2000000000))",
        "SELECT len(range(-2000000000, 0))", "SELECT len(list_resize([1], 2000000000))",
        "SELECT system.main.repeat('x', 3)", "SELECT main.\"repeat\"('x', 3)",
        "FROM repeat(repeat('x', 3), 1)", "SELECT * FROM range(length(REPEAT('x', 3)))"}) {
    const auto answer = store_->Sql({.text = sql, .timeout = 5s});
    ASSERT_FALSE(answer.ok()) << sql;
    EXPECT_THAT(answer.status().message(), Not(HasSubstr("took longer"))) << sql;
  }
  EXPECT_EQ(Ask("SELECT repeat('ab', 2), lpad('7', 3, '0'), len(range(3)), len(range(1, 7, 2))"),
            "abab|007|3|3");
  EXPECT_EQ(Ask("SELECT count(*) FROM unnest(range(3))"), "3");
}

TEST_P(HostileDuckDbSql, ThatWantsAllMemoryFailsAlone) {
  Open();
  const auto answer =
      store_->Sql({.text = "SELECT length(list(repeat('x', 1000000) || i)) FROM range(100000) t(i)"});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.status().code(), Code::reject);
  EXPECT_THAT(answer.status().message(), Not(HasSubstr("SET ")));
  EXPECT_THAT(answer.status().message(), ::testing::EndsWith("narrow the query"));
  Keep({{"a", kNoon, 2, 0}});
}

class HostilePostgresSql : public StoreContract {};
INSTANTIATE_TEST_SUITE_P(Stores, HostilePostgresSql, ::testing::Values(PostgresStores()),
                         [](const auto& store) { return store.param.name; });

constexpr const char* kHostileToPostgres[] = {
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "SELECT query_to_xml('DELETE FROM readings', true, true, '')",
    "SELECT * INTO stolen FROM readings",
    "SELECT * FROM readings FOR UPDATE",
    "VALUES (1); DELETE FROM readings",
    "DO $$ BEGIN END $$",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "LISTEN x",
    "LOCK TABLE readings",
    "SELECT sluice_fence('store.readings', 'readings', 0, 0, 1, 9, '', '', 0, 0, 0, 0, 0, 0, 0)",
    "SELECT repeat('x', 2000000000)",
    "SELECT lpad('x', 2000000000, 'y')"};

TEST_P(HostilePostgresSql, IsRefusedAndLeavesTheStoreWorking) {
  Open();
  Keep({{"a", kNoon, 1, 0}});
  for (const char* sql : kHostileToPostgres) {
    const auto answer = store_->Sql({.text = sql, .timeout = 5s});
    ASSERT_FALSE(answer.ok()) << sql;
    EXPECT_EQ(answer.status().code(), Code::reject) << sql << ": " << answer.status().message();
  }
  Keep({{"a", kNoon, 2, 0}});
  EXPECT_EQ(Rows(), 2);
}

TEST_P(HostilePostgresSql, AnswersValuesOfEveryType) {
  Open();
  EXPECT_EQ(Ask("SELECT 1::numeric / 4, 12345678901234567890123456789012::numeric, '2025-01-02'::date, true, "
                "'x'::bytea"),
            "0.25000000000000000000|12345678901234567890123456789012|2025-01-02|true|x");
  EXPECT_EQ(Ask("SELECT '0044-03-15 12:00:00 BC'::timestamptz IS NULL, 'infinity'::float8, ARRAY[1,2], NULL"),
            "false|inf|{1,2}|null");
}

}  // namespace
}  // namespace sluice
