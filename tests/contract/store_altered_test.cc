// A table that is not what the pipeline file declares: because the file changed, or because somebody altered,
// renamed or dropped it. What is refused says what to do about it, and doing that is enough.
#include <fmt/format.h>

#include "codecs/codec.h"
#include "contract/stores.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class AlteredStore : public StoreContract {
 protected:
  StreamSpec& stream() { return shape_.streams[0]; }
  // One row whose field is of that type, decoded from JSON.
  void KeepOne(FieldType type, const std::string& value) {
    stream().fields = {{"timestamp", FieldType::timestamp, true}, {"x", type}};
    stream().key = std::nullopt;
    stream().time = 0;
    Open();
    BatchBuilder builder(stream());
    const std::string line = R"({"timestamp":"2025-10-09T12:00:00Z","x":)" + value + "}\n";
    EXPECT_TRUE((*MakeDecoder(CodecKind::ndjson, stream(), {}))->Decode(line, true, builder).ok());
    const Batch batch = builder.Finish();
    ASSERT_TRUE(batch.dead.empty()) << batch.dead.front().reason;
    ASSERT_EQ(Commit({SpanOfBatch(batch)}), CommitOutcome::done) << last_.status.message();
  }
  // The shape again, after the statement that its refusal gives.
  void RunWhatTheRefusalSays(const std::string& beginning) {
    const std::string statement = StatementIn(OpenFails().message(), beginning);
    ASSERT_NE(statement, "") << OpenFails().message();
    ByHand(statement);
    Open();
  }
  Terms Books() { return store_->Seats()->at(0).state.terms; }
};
INSTANTIATE_TEST_SUITE_P(Stores, AlteredStore, ::testing::ValuesIn(AllStores()),
                         [](const auto& store) { return store.param.name; });

constexpr FieldType kTypes[] = {FieldType::boolean, FieldType::integer,   FieldType::number,
                                FieldType::text,    FieldType::timestamp, FieldType::json};

bool Related(FieldType from, FieldType to) {
  const auto is = [&](FieldType a, FieldType b) { return (from == a && to == b) || (from == b && to == a); };
  return !is(FieldType::boolean, FieldType::timestamp);
}

// A value that can also be one of the other type.
std::string ValueOf(FieldType type, FieldType other) {
  const auto text = [&](const char* value) { return '"' + std::string(value) + '"'; };
  const bool wide = type == FieldType::text || type == FieldType::json;
  if (type == FieldType::timestamp || (wide && other == FieldType::timestamp))
    return text("2025-10-09T12:00:00Z");
  if (type == FieldType::boolean) return "true";
  if (wide && other == FieldType::boolean) return type == FieldType::text ? text("true") : "true";
  return type == FieldType::text ? text("5") : "5";
}

class AnotherType : public AlteredStore {
 protected:
  void Change(FieldType from, FieldType to) {
    SCOPED_TRACE(std::string(FieldTypeName(from)) + " to " + std::string(FieldTypeName(to)));
    stream().name = fmt::format("{}_{}", FieldTypeName(from), FieldTypeName(to));
    KeepOne(from, ValueOf(from, to));
    stream().fields[1].type = to;
    if (!Related(from, to)) {
      EXPECT_EQ(StatementIn(OpenFails().message(), "ALTER TABLE"), "");
      return;
    }
    RunWhatTheRefusalSays("ALTER TABLE");
    KeepOne(to, ValueOf(to, from));
    EXPECT_EQ(Ask(fmt::format("SELECT count(x) FROM \"{}\"", stream().name)), "2");
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, AnotherType, ::testing::ValuesIn(AllStores()),
                         [](const auto& store) { return store.param.name; });

TEST_P(AnotherType, IsTakenOnceTheStatementOfItsRefusalWasRun) {
  for (const FieldType from : kTypes) {
    for (const FieldType to : kTypes) {
      if (from != to) Change(from, to);
    }
  }
}

TEST_P(AlteredStore, ASummaryFollowsTheTypeOfItsField) {
  Summarise("s", 1min, {{"hi", "max(x)"}, {"s", "sum(x)"}});
  KeepOne(FieldType::integer, "1");
  stream().fields[1].type = FieldType::number;
  RunWhatTheRefusalSays("ALTER TABLE");
  KeepOne(FieldType::number, "1.5");
  EXPECT_EQ(Ask("SELECT hi, s FROM s"), "1.5|2.5");
}

TEST_P(AlteredStore, ATableThatIsGoneIsMissedUntilItsRowsAreGivenUp) {
  Open();
  Keep({{"a", kNoon, 1, 0}, {"b", kNoon, 1, 0}});
  ByHand("DROP TABLE readings");
  EXPECT_THAT(OpenFails().message(), HasSubstr("is gone, and with it 2 readings"));
  RunWhatTheRefusalSays("DELETE FROM");
  EXPECT_EQ(Books().lost, 2);
  EXPECT_EQ(Books().stored, 0);
  Keep({{"c", kNoon, 1, 0}});
  EXPECT_EQ(Rows(), 1);
  EXPECT_EQ(Books().lost, 2);
}

TEST_P(AlteredStore, WhatRetentionTookFromATableThatIsGoneIsNotLost) {
  shape_.retain = 24h;
  Open();
  Keep({{"a", kNoon, 1, 0}});
  Keep({{"a", kNoon, 1, 0}, {"a", kNoon, 2, 0}}, 0, kNoon + 48h);
  ASSERT_TRUE(store_->Maintain(kNoon + 49h).ok());
  ByHand("DROP TABLE readings");
  EXPECT_THAT(OpenFails().message(), HasSubstr("with it 2 readings"));
  RunWhatTheRefusalSays("DELETE FROM");
  EXPECT_EQ(Books().lost, 2);
  EXPECT_EQ(Books().stored, 1);
}

TEST_P(AlteredStore, AnEmptyTableThatIsGoneIsMadeAnew) {
  Open();
  Claim();
  ByHand("DROP TABLE readings");
  Open();
  Keep({{"a", kNoon, 1, 0}});
  EXPECT_EQ(Rows(), 1);
}

TEST_P(AlteredStore, AColumnThatIsGoneIsMissedUntilItIsMadeAgain) {
  Open();
  Keep({{"a", kNoon, 1, 7}});
  ByHand("ALTER TABLE readings DROP COLUMN humidity");
  RunWhatTheRefusalSays("ALTER TABLE");
  Keep({{"a", kNoon, 1, 8}});
  EXPECT_EQ(Ask("SELECT count(*), count(humidity) FROM readings"), "2|1");
}

TEST_P(AlteredStore, ARenamedColumnIsMissed) {
  Open();
  Keep({{"a", kNoon, 1, 7}});
  ByHand("ALTER TABLE readings RENAME COLUMN humidity TO wet");
  EXPECT_THAT(OpenFails().message(), HasSubstr("\"humidity\" is gone"));
  ByHand("ALTER TABLE readings RENAME COLUMN wet TO humidity");
  Open();
  EXPECT_EQ(Rows(), 1);
}

TEST_P(AlteredStore, AStreamWithAnotherKeyStartsAnewOnceItsTableIsMovedAway) {
  Open();
  Keep({{"a", kNoon, 1, 7}});
  stream().key = std::nullopt;
  const std::string refusal = OpenFails().message();
  ByHand(StatementIn(refusal, "ALTER TABLE"));
  ByHand(StatementIn(refusal, "DELETE FROM"));
  Open();
  EXPECT_EQ(Rows(), 0);
}

TEST_P(AlteredStore, ASummaryWhoseTablesAreGoneIsBuiltAgain) {
  Summarise("m", 1min, {{"n", "count(*)"}});
  for (const char* gone :
       {"DROP VIEW m", "DROP TABLE sluice_parts_m CASCADE", "DROP VIEW m; DROP TABLE sluice_parts_m"}) {
    if (GetParam().name == "DuckDb" && std::string_view(gone).find("CASCADE") != std::string_view::npos)
      continue;
    Open();
    Keep({{"a", kNoon, 1, 7}});
    ByHand(gone);
    Open();
    EXPECT_EQ(Ask("SELECT n FROM m"), std::to_string(Rows())) << gone;
  }
}

}  // namespace
}  // namespace sluice
