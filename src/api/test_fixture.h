// Fixture of the API's tests: a store and a log in memory that answer what they are given, and verbs to ask
// the API.
#pragma once

#include <map>

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"

namespace sluice::api {

// Answers canned tables and remembers what it was asked.
class FakeStore : public StoreQueries {
 public:
  Rows Readings(const ReadingsQuery& query) override {
    readings_query = query;
    if (!failure.ok()) return failure;
    return readings->Slice(0, query.limit);
  }
  Rows Keys(const KeysQuery& query) override {
    keys_query = query;
    return keys->Slice(0, query.limit);
  }
  Result<StatsAnswer> Stats(const StatsQuery& query) override {
    stats_query = query;
    return stats;
  }
  Rows Windows(const WindowsQuery& query) override {
    windows_query = query;
    std::shared_ptr<arrow::Table> table = windows;
    if (query.from) table = table->Slice(RowsBefore(*query.from));
    return table->Slice(0, query.limit);
  }
  Result<SqlAnswer> Sql(const SqlQuery& query) override {
    sql_query = query;
    if (!failure.ok()) return failure;
    return sql;
  }
  Result<std::vector<SeatRow>> Seats() override { return std::vector<SeatRow>(); }
  Result<Counted> CountRows(const std::string&, PartitionId, Position, Position) override {
    return Counted();
  }
  // Cuts the bytes and the list as a store does.
  Result<std::vector<StoredDeadLetter>> DeadLetters(const DeadLettersQuery& query) override {
    dead_query = query;
    std::vector<StoredDeadLetter> letters = dead;
    letters.resize(std::min(letters.size(), static_cast<size_t>(query.limit)));
    for (StoredDeadLetter& letter : letters) {
      letter.entry.bytes.resize(std::min(letter.entry.bytes.size(), static_cast<size_t>(query.bytes)));
    }
    return letters;
  }

  std::shared_ptr<arrow::Table> readings, keys, windows;
  StatsAnswer stats;
  SqlAnswer sql;
  std::vector<StoredDeadLetter> dead;
  Status failure;
  ReadingsQuery readings_query;
  StatsQuery stats_query;
  WindowsQuery windows_query;
  SqlQuery sql_query;
  KeysQuery keys_query;
  DeadLettersQuery dead_query;

 private:
  int64_t RowsBefore(Timestamp from) const {
    const auto& starts = static_cast<const arrow::TimestampArray&>(*windows->column(0)->chunk(0));
    int64_t row = 0;
    while (row < starts.length() && starts.Value(row) < ToMicros(from)) ++row;
    return row;
  }
};

// Keeps slices; positions below `low` are gone.
class FakeLog : public Log {
 public:
  using Place = std::pair<std::string, PartitionId>;

  // Appends the batch to a partition, arrived at `arrival`.
  void Put(const StreamSpec& stream, const Batch& batch, Timestamp arrival, PartitionId partition = 0) {
    Kept& kept = kept_[{stream.name, partition}];
    kept.slices.push_back(AsSlice(stream, batch, kept.high, arrival, partition));
    kept.high += batch.Count();
    if (listener_) listener_(stream.name);
  }
  void Lose(const std::string& stream, Position low) { kept_[{stream, 0}].low = low; }

  std::string Id() const override { return "a1"; }
  Status Declare(const StreamSpec&) override { return {}; }
  Status Append(const std::string&, Batch, std::optional<OriginStep>, Completion) override { return {}; }
  Result<OriginState> Claim(const std::string&) override { return OriginState(); }
  Result<Ends> EndsOf(const std::string& stream, PartitionId partition) override {
    if (!health.ok()) return health;
    return Ends{kept_[{stream, partition}].low, kept_[{stream, partition}].high};
  }
  Result<Slice> Read(const std::string& stream, PartitionId partition, Position from, int64_t) override {
    ++reads;
    for (const Slice& slice : kept_[{stream, partition}].slices) {
      if (slice.first <= from && from < slice.next) return Tail(slice, from);
    }
    return Status::Reject("no such position");
  }
  Status Trim(const std::string&, PartitionId, Position) override { return {}; }
  Status RaiseTo(const std::string&, PartitionId, Position) override { return {}; }
  void Subscribe(Listener listener) override { listener_ = std::move(listener); }
  Status Health() const override { return health; }

  Status health;
  int reads = 0;

 private:
  struct Kept {
    Position low = 0, high = 0;
    std::vector<Slice> slices;
  };
  // The part of a slice without dead entries that begins at `from`.
  static Slice Tail(Slice slice, Position from) {
    slice.rows = slice.rows->Slice(from - slice.first);
    slice.first = from;
    return slice;
  }
  std::map<Place, Kept> kept_;
  Listener listener_;
};

class FakeActions : public ApiActions {
 public:
  std::vector<Waiting> Waits() override { return waits; }
  std::string StatusJson() override { return R"({"jobs":[]})"; }
  std::string Metrics() override { return "sluice_up 1\n"; }
  Result<AuditReport> Audit(bool deep) override {
    was_deep = deep;
    return AuditReport();
  }
  Result<ReplayedDead> ReplayDead(const std::vector<int64_t>& ids) override {
    ReplayedDead done;
    for (const int64_t id : ids) {
      if (id % 2 == 0)
        ++done.replayed;
      else
        done.stayed.push_back({.id = id, .reason = "still \"bad\""});
    }
    return done;
  }
  Result<int64_t> DropDead(const std::vector<int64_t>& ids) override {
    return static_cast<int64_t>(ids.size());
  }
  Status Forget(const std::string& job) override {
    if (job != "lake.raw") return Status::Reject("there is no job '" + job + "'");
    return {};
  }
  std::vector<Waiting> waits;
  bool was_deep = false;
};

// The stream `readings` (default) and a keyless `events` with a json field; the summary `minutes` by
// sensor_id.
class ApiTest : public testing::Test {
 protected:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  ApiTest() {
    StreamSpec events = ReadingsStream();
    events.name = "events";
    events.key.reset();
    events.is_default = false;
    events.fields[0].type = FieldType::json;
    streams = {ReadingsStream(2), events};
    SummarySpec minutes;
    minutes.name = "minutes";
    minutes.stream = "readings";
    minutes.by = {"sensor_id"};
    SummarySpec hours = minutes;
    hours.name = "hours";
    hours.by.clear();
    summaries = {minutes, hours};
    EXPECT_TRUE(RegisterApi(router, {streams, summaries, &store, &live, clock, actions, "1.2.3"}).ok());
  }

  // `target` is encoded only where a test says so: "/path?name=value&name=value".
  http::Response Ask(const std::string& method, const std::string& target, Headers headers = {},
                     std::string body = "") {
    http::Request request{.method = method, .headers = std::move(headers), .body = std::move(body)};
    const size_t question = target.find('?');
    request.path = target.substr(0, question);
    for (size_t at = question; at != std::string::npos;) {
      const size_t end = target.find('&', at + 1);
      const std::string item = target.substr(at + 1, end == std::string::npos ? end : end - at - 1);
      request.query.emplace_back(item.substr(0, item.find('=')), item.substr(item.find('=') + 1));
      at = end;
    }
    http::Response answer;
    router.Dispatch(std::move(request), [&](http::Response response) { answer = std::move(response); });
    return answer;
  }
  http::Response Get(const std::string& target, Headers headers = {}) {
    return Ask("GET", target, std::move(headers));
  }
  http::Response Post(const std::string& target, std::string body) {
    return Ask("POST", target, {}, std::move(body));
  }

  static std::string HeaderOf(const http::Response& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }

  // A table of `stream` as the store gives it, newest first, positions counting down from `count` - 1.
  static std::shared_ptr<arrow::Table> StoredTable(const StreamSpec& stream, const Batch& batch) {
    const Slice slice = AsSlice(stream, batch, 0, FromMicros(1'760'000'000'000'000));
    return *arrow::Table::FromRecordBatches({slice.rows});
  }

  const Timestamp start = FromMicros(1'760'000'000'000'000);  // 2025-10-09T08:53:20Z
  std::vector<StreamSpec> streams;
  std::vector<SummarySpec> summaries;
  FakeStore store;
  FakeLog log;
  Live live{log};
  ManualClock clock{start};
  FakeActions actions;
  http::Router router;
};

}  // namespace sluice::api
