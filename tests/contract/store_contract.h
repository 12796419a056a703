// The contract of every store: what DuckDB and PostgreSQL must both keep. An implementation joins by naming a
// factory in stores.h. The fixture's verbs feed readings as a job would: claim, then spans of
// consecutive positions.
#pragma once

#include <functional>

#include <arrow/api.h>
#include <gmock/gmock.h>

#include "sinks/store/store.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {

struct StoreImplementation {
  std::string name;
  // Opens (again) the store that lives in `directory`.
  std::function<Result<std::unique_ptr<Store>>(const StoreShape& shape, const std::string& directory)> open;
  // What a person runs on the database of the store in `directory`, while nothing has it open.
  std::function<Status(const std::string& directory, const std::string& sql)> by_hand;
  // Why it cannot be tested on this machine; "" when it can.
  std::function<std::string()> missing = nullptr;
};

inline const Timestamp kNoon = FromMicros(1'760'011'200'000'000);  // 2025-10-09T12:00:00Z

class StoreContract : public ::testing::TestWithParam<StoreImplementation> {
 protected:
  StoreContract() { shape_.streams = {ReadingsStream(4)}; }
  void SetUp() override {
    const std::string missing = GetParam().missing ? GetParam().missing() : "";
    if (!missing.empty()) GTEST_SKIP() << missing;
  }

  void Open() {
    store_.reset();
    auto opened = GetParam().open(shape_, directory_.path());
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    store_ = *std::move(opened);
    epochs_.clear();
  }
  Status OpenFails() {
    store_.reset();
    auto opened = GetParam().open(shape_, directory_.path());
    return opened.ok() ? Status() : opened.status();
  }

  void ByHand(const std::string& sql) {
    store_.reset();
    const Status done = GetParam().by_hand(directory_.path(), sql);
    ASSERT_TRUE(done.ok()) << sql << ": " << done.message();
  }
  // The statement that a refusal gives to be run.
  static std::string StatementIn(const std::string& message, const std::string& beginning) {
    const size_t from = message.find(beginning);
    return from == std::string::npos ? "" : message.substr(from, message.find(';', from) + 1 - from);
  }

  // Adds a summary of the readings; `values` as in the pipeline file.
  SummarySpec& Summarise(const std::string& name, Duration every,
                         std::vector<std::pair<std::string, std::string>> values,
                         std::vector<std::string> by = {}) {
    SummarySpec summary{.name = name, .stream = "readings", .every = every, .by = std::move(by)};
    for (auto& [column, expression] : values)
      summary.values.push_back(*ParseSummaryValue(column, expression));
    shape_.summaries.push_back(summary);
    return shape_.summaries.back();
  }

  Seat SeatOf(PartitionId partition) const {
    const std::string stream = shape_.streams.empty() ? "readings" : shape_.streams[0].name;
    return {"store." + stream, stream, partition};
  }
  SeatState Claim(PartitionId partition = 0) {
    auto state = store_->Claim(SeatOf(partition), "log-1", 0);
    EXPECT_TRUE(state.ok()) << state.status().message();
    epochs_[partition] = state->epoch;
    next_[partition] = state->next;
    return *state;
  }
  // The span that a job would commit next for these readings.
  Span SpanOf(const std::vector<Reading>& readings, PartitionId partition = 0, Timestamp arrival = kNoon) {
    return SpanOfBatch(ReadingsBatch(readings), partition, arrival);
  }
  // The same for a batch of the first stream, whatever its fields.
  Span SpanOfBatch(const Batch& batch, PartitionId partition = 0, Timestamp arrival = kNoon) {
    if (epochs_.count(partition) == 0) Claim(partition);
    const Slice slice = AsSlice(shape_.streams[0], batch, next_[partition], arrival, partition);
    return {.seat = SeatOf(partition),
            .epoch = epochs_[partition],
            .from = slice.first,
            .next = slice.next,
            .rows = slice.rows,
            .terms = {.stored = slice.next - slice.first}};
  }
  CommitOutcome::Kind Commit(const std::vector<Span>& spans) {
    const CommitOutcome outcome = store_->Commit(spans);
    if (outcome.kind == CommitOutcome::done) {
      for (const Span& span : spans) next_[span.seat.partition] = span.next;
    }
    last_ = outcome;
    return outcome.kind;
  }
  void Keep(const std::vector<Reading>& readings, PartitionId partition = 0, Timestamp arrival = kNoon) {
    ASSERT_EQ(Commit({SpanOf(readings, partition, arrival)}), CommitOutcome::done) << last_.status.message();
  }

  // The answer of a SELECT as text: rows joined by '\n', cells by '|'.
  std::string Ask(const std::string& sql) {
    auto answer = store_->Sql({.text = sql});
    return answer.ok() ? TextOf(*answer->rows) : "error: " + answer.status().message();
  }
  static std::string TextOf(const arrow::Table& table) {
    std::string text;
    for (int64_t row = 0; row < table.num_rows(); ++row) {
      for (int column = 0; column < table.num_columns(); ++column) {
        text += (column == 0 ? (row == 0 ? "" : "\n") : "|") +
                table.column(column)->GetScalar(row).ValueOrDie()->ToString();
      }
    }
    return text;
  }
  // Temperatures of the readings asked for, in the order of the answer.
  std::vector<double> Temperatures(const ReadingsQuery& query) {
    auto rows = store_->Readings(query);
    EXPECT_TRUE(rows.ok()) << rows.status().message();
    std::vector<double> values;
    if (!rows.ok()) return values;
    const auto column = (*rows)->GetColumnByName("temperature");
    for (int64_t row = 0; row < (*rows)->num_rows(); ++row) {
      values.push_back(static_cast<const arrow::DoubleScalar&>(**column->GetScalar(row)).value);
    }
    return values;
  }
  int64_t Rows() { return std::stoll(Ask("SELECT count(*) FROM readings")); }

  TempDir directory_;
  StoreShape shape_;
  std::unique_ptr<Store> store_;
  CommitOutcome last_;
  std::map<PartitionId, uint64_t> epochs_;
  std::map<PartitionId, Position> next_;
};

}  // namespace sluice
