#include "sinks/store/duckdb/commit.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/answers.h"
#include "sinks/store/duckdb/arrow_bridge.h"
#include "sinks/store/sql_text.h"
#include "sinks/store/stream_sql.h"

namespace sluice {
namespace {

// More refused rows than this in a batch means that something else is wrong (rule D5).
constexpr size_t kMostRefused = 100;

constexpr const char* kFence =
    R"(UPDATE sluice_position SET next = ?, state = ?, log_id = coalesce(nullif(?, ''), log_id), stored = stored + ?,
  filtered = filtered + ?, duplicate = duplicate + ?, late = late + ?, dead = dead + ?, gaps = gaps + ?, lost = lost + ?
  WHERE job = ? AND stream = ? AND "partition" = ? AND next = ? AND epoch = ?)";

bool HasRows(const Span& span) { return span.rows != nullptr && span.rows->num_rows() > 0; }

// The rows of the spans as a FROM item. The outer bounds let zone maps skip what was stored before.
std::string NewRows(const std::string& table, const std::vector<const Span*>& spans) {
  Position low = spans.front()->from;
  Position high = spans.front()->next;
  std::string each;
  for (const Span* span : spans) {
    low = std::min(low, span->from);
    high = std::max(high, span->next);
    each += fmt::format("{}(_partition = {} AND _position >= {} AND _position < {})",
                        each.empty() ? "" : " OR ", span->seat.partition, span->from, span->next);
  }
  return fmt::format("(SELECT * FROM {} WHERE _position >= {} AND _position < {} AND ({}))", QuoteName(table),
                     low, high, each);
}

template <class Builder>
std::shared_ptr<arrow::Array> Finish(Builder& builder) {
  return builder.Finish().ValueOrDie();
}

// Columns of sluice_dead_letter, filled row by row.
class DeadLetterColumns {
 public:
  void Add(int64_t id, const Seat& seat, const DeadEntry& entry) {
    ++rows_;
    (void)ids_.Append(id);
    (void)jobs_.Append(seat.job);
    (void)streams_.Append(seat.stream);
    (void)partitions_.Append(seat.partition);
    (void)positions_.Append(entry.at);
    (void)arrivals_.Append(ToMicros(entry.arrival));
    (void)reasons_.Append(entry.reason);
    (void)sources_.Append(entry.source);
    (void)bytes_.Append(entry.bytes);
    (void)lengths_.Append(entry.length);
    (void)hashes_.Append(entry.hash);
  }
  std::shared_ptr<arrow::RecordBatch> Batch() {
    const auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("job", arrow::utf8()),
         arrow::field("stream", arrow::utf8()), arrow::field("partition", arrow::int32()),
         arrow::field("position", arrow::int64()), arrow::field("arrival", ArrowType(FieldType::timestamp)),
         arrow::field("reason", arrow::utf8()), arrow::field("source", arrow::utf8()),
         arrow::field("bytes", arrow::binary()), arrow::field("length", arrow::int64()),
         arrow::field("hash", arrow::utf8())});
    return arrow::RecordBatch::Make(schema, rows_,
                                    {Finish(ids_), Finish(jobs_), Finish(streams_), Finish(partitions_),
                                     Finish(positions_), Finish(arrivals_), Finish(reasons_),
                                     Finish(sources_), Finish(bytes_), Finish(lengths_), Finish(hashes_)});
  }

 private:
  int64_t rows_ = 0;
  arrow::Int64Builder ids_, positions_, lengths_;
  arrow::Int32Builder partitions_;
  arrow::TimestampBuilder arrivals_{ArrowType(FieldType::timestamp), arrow::default_memory_pool()};
  arrow::StringBuilder jobs_, streams_, reasons_, sources_, hashes_;
  arrow::BinaryBuilder bytes_;
};

CommitOutcome OutcomeOf(const Status& status) {
  switch (status.code()) {
    case Code::ok:
      return {};
    case Code::lost:
      return {.kind = CommitOutcome::lost, .status = status};
    case Code::fatal:
      return {.kind = CommitOutcome::fatal, .status = status};
    default:
      return {.kind = CommitOutcome::retry, .status = Status::Retry(status.message())};
  }
}

}  // namespace

// Behind what a forgotten job of the same name has stored: nothing of it is stored again.
Result<Position> Committer::EndOfRows(const Seat& seat) {
  SLUICE_ASSIGN(auto answer,
                connection_.Query(fmt::format(R"(SELECT coalesce(max(last) + 1, 0)::BIGINT FROM (
                        SELECT max(_position) AS last FROM {} WHERE _partition = ? UNION ALL
                        SELECT max(position) FROM sluice_dead_letter
                        WHERE stream = ? AND job = ? AND "partition" = ?))",
                                              RowsOfStream(seat.stream)),
                                  {int64_t{seat.partition}, seat.stream, seat.job, int64_t{seat.partition}}));
  return Rows(answer).Int(0, 0);
}

Result<SeatState> Committer::Claim(const Seat& seat, const std::string& log_id, Position start_if_new) {
  const std::vector<SqlParam> where = {seat.job, seat.stream, int64_t{seat.partition}};
  Transaction transaction(connection_);
  SLUICE_TRY(transaction.Begin());
  int64_t changed = 0;
  SLUICE_TRY(connection_.Run(
      R"(UPDATE sluice_position SET epoch = epoch + 1 WHERE job = ? AND stream = ? AND "partition" = ?)",
      where, &changed));
  if (changed == 0) {
    SLUICE_ASSIGN(const Position behind, EndOfRows(seat));
    start_if_new = std::max(start_if_new, behind);
    SLUICE_TRY(connection_.Run(
        "INSERT INTO sluice_position VALUES (?, ?, ?, ?, ?, ?, 1, ''::BLOB, 0, 0, 0, 0, 0, 0, 0)",
        {seat.job, seat.stream, int64_t{seat.partition}, log_id, start_if_new, start_if_new}));
  }
  SLUICE_ASSIGN(
      auto answer,
      connection_.Query(
          fmt::format(R"(SELECT {} FROM sluice_position WHERE job = ? AND stream = ? AND "partition" = ?)",
                      kSeatStateColumns),
          where));
  SLUICE_TRY(transaction.Commit());
  return ReadSeatState(Rows(answer), 0, 0);
}

CommitOutcome Committer::Commit(std::span<const Span> spans) {
  bool rows_refused = false;
  malformed_.clear();
  const Status status = CommitAll(spans, &rows_refused);
  return rows_refused ? FindRefused(spans, status) : OutcomeOf(status);
}

Status Committer::CommitAll(std::span<const Span> spans, bool* rows_refused) {
  SLUICE_ASSIGN(const auto all, Sort(spans));
  Transaction transaction(connection_);
  SLUICE_TRY(transaction.Begin());
  for (const Span& span : spans) SLUICE_TRY(Fence(span));
  for (const Arrivals& arrivals : all) SLUICE_TRY(StoreRows(arrivals, rows_refused));
  SLUICE_TRY(StoreDeadLetters(spans));
  return transaction.Commit();
}

Status Committer::Fence(const Span& span) {
  const Seat& seat = span.seat;
  const Terms& terms = span.terms;
  int64_t changed = 0;
  SLUICE_TRY(
      connection_.Run(kFence,
                      {span.next, SqlBytes{span.state}, span.log_id, terms.stored, terms.filtered,
                       terms.duplicate, terms.late, terms.dead, terms.gaps, terms.lost, seat.job, seat.stream,
                       int64_t{seat.partition}, span.from, static_cast<int64_t>(span.epoch)},
                      &changed));
  if (changed == 1) return {};
  return Status::Lost(fmt::format("{} of {}/{} at {} (epoch {}) belongs to another claim", seat.job,
                                  seat.stream, seat.partition, span.from, span.epoch));
}

Result<std::vector<Committer::Arrivals>> Committer::Sort(std::span<const Span> spans) const {
  std::vector<Arrivals> all;
  for (const Span& span : spans) {
    if (!HasRows(span)) continue;
    auto arrivals = std::find_if(all.begin(), all.end(), [&](const Arrivals& known) {
      return known.stream->name == span.seat.stream;
    });
    if (arrivals == all.end()) {
      const auto stream =
          std::find_if(shape_.streams.begin(), shape_.streams.end(),
                       [&](const StreamSpec& known) { return known.name == span.seat.stream; });
      if (stream == shape_.streams.end()) {
        return Status::Retry(fmt::format("stream '{}' is not declared in this store", span.seat.stream));
      }
      arrivals = all.insert(all.end(), Arrivals{.stream = &*stream});
    }
    arrivals->spans.push_back(&span);
  }
  return all;
}

Status Committer::StoreRows(const Arrivals& arrivals, bool* rows_refused) {
  const std::string& table = arrivals.stream->name;
  for (const Span* span : arrivals.spans) {
    const Status status = AppendRows(connection_, table, *span->rows);
    *rows_refused = status.code() == Code::reject;
    SLUICE_TRY(status);
  }
  const std::string rows = NewRows(table, arrivals.spans);
  if (const Status status = CheckJson(arrivals, rows); !status.ok()) {
    *rows_refused = status.code() == Code::reject;
    return status;
  }
  SLUICE_TRY(UpdateKeys(arrivals, rows));
  const auto summaries = summaries_.find(table);
  if (summaries == summaries_.end()) return {};
  for (const SummarySql& summary : summaries->second) SLUICE_TRY(connection_.Run(summary.Merge(rows)));
  return {};
}

// DuckDB's appender takes any text into a JSON column (1.5.6); a malformed one would fail every later query
// that opens it.
Status Committer::CheckJson(const Arrivals& arrivals, const std::string& rows) {
  const StreamSpec& stream = *arrivals.stream;
  std::string bad;
  const auto add = [&](std::string_view column) {
    bad += fmt::format("{}NOT json_valid(CAST({} AS VARCHAR))", bad.empty() ? "" : " OR ", QuoteName(column));
  };
  for (const Field& field : stream.fields) {
    if (field.type == FieldType::json) add(field.name);
  }
  if (stream.unknown == UnknownFields::keep) add(kExtra);
  if (bad.empty()) return {};
  SLUICE_ASSIGN(auto answer,
                connection_.Query(fmt::format("SELECT _position, _partition FROM {} WHERE {} LIMIT {}", rows,
                                              bad, kMostRefused + 1)));
  const Rows found(answer);
  for (int64_t row = 0; row < found.size(); ++row) {
    const auto of_row = [&](const Span* span) { return span->seat.partition == found.Int(1, row); };
    const auto span = std::find_if(arrivals.spans.begin(), arrivals.spans.end(), of_row);
    malformed_.push_back({(*span)->seat, found.Int(0, row)});
  }
  return malformed_.empty() ? Status() : Status::Reject("a json field holds no JSON");
}

// `first` and `last` know only readings that are not stamped in the future (rule D12), `latest` knows all.
Status Committer::UpdateKeys(const Arrivals& arrivals, const std::string& rows) {
  const StreamSpec& stream = *arrivals.stream;
  if (!stream.key) return {};
  const std::string time = "r." + QuoteName(stream.fields[static_cast<size_t>(stream.time)].name);
  const std::string now = NotFutureSql(stream, "r");
  return connection_.Run(fmt::format(
      "MERGE INTO sluice_key k USING (SELECT {0} AS key, min({1}) FILTER ({2}) AS first, max({1}) FILTER "
      "({2}) AS last, "
      "max({1}) AS latest, count(*) AS readings FROM {3} r GROUP BY ALL) d ON k.stream = {4} AND k.key = "
      "d.key "
      "WHEN MATCHED THEN UPDATE SET first = least(k.first, d.first), last = greatest(k.last, d.last), "
      "latest = greatest(k.latest, d.latest), readings = k.readings + d.readings "
      "WHEN NOT MATCHED THEN INSERT VALUES ({4}, d.key, d.first, d.last, d.latest, d.readings)",
      KeyTextSql(stream, "r"), time, now, rows, QuoteText(stream.name)));
}

Status Committer::StoreDeadLetters(std::span<const Span> spans) {
  size_t count = 0;
  for (const Span& span : spans) count += span.dead.size();
  if (count == 0) return {};
  SLUICE_ASSIGN(auto answer, connection_.Query(fmt::format(
                                 "SELECT nextval('sluice_dead_letter_id') FROM range({})", count)));
  const Rows ids(answer);
  DeadLetterColumns columns;
  int64_t next = 0;
  for (const Span& span : spans) {
    for (const DeadEntry& entry : span.dead) columns.Add(ids.Int(0, next++), span.seat, entry);
  }
  return AppendRows(connection_, "sluice_dead_letter", *columns.Batch());
}

// The failed commit is rolled back. Finds the rows at fault by trying halves, each in a transaction of its
// own.
CommitOutcome Committer::FindRefused(std::span<const Span> spans, const Status& first) {
  CommitOutcome outcome{.kind = CommitOutcome::reject, .status = first, .rejected = malformed_};
  for (const Span& span : spans) {
    if (!HasRows(span) || !malformed_.empty()) continue;
    const Status status = Bisect(span, 0, span.rows->num_rows(), &outcome.rejected);
    if (!status.ok()) return OutcomeOf(status);
  }
  if (!outcome.rejected.empty() && outcome.rejected.size() <= kMostRefused) return outcome;
  const std::string reason =
      outcome.rejected.empty() ? "no single row is at fault" : "more than 100 rows are refused";
  return OutcomeOf(Status::Retry(fmt::format("{}: {}", reason, first.message())));
}

Status Committer::Bisect(const Span& span, int64_t from, int64_t count, std::vector<Refusal>* refused) {
  if (refused->size() > kMostRefused || count == 0) return {};
  {
    Transaction trial(connection_);
    SLUICE_TRY(trial.Begin());
    const Status status = AppendRows(connection_, span.seat.stream, *span.rows->Slice(from, count));
    if (status.ok() || status.code() != Code::reject) return status;
  }
  if (count > 1) {
    SLUICE_TRY(Bisect(span, from, count / 2, refused));
    return Bisect(span, from + count / 2, count - count / 2, refused);
  }
  const auto positions = span.rows->GetColumnByName(std::string(kPosition));
  refused->push_back({span.seat, static_cast<const arrow::Int64Array&>(*positions).Value(from)});
  return {};
}

}  // namespace sluice
