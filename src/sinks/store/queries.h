// StoreQueries: what the API and the CLI ask of the store. Answers are Arrow tables, materialised up to a cap
// before the first byte is sent, so that a slow reader holds up nobody. DuckDB and PostgreSQL answer alike
// (one contract suite). Thread-safe; readers never hold up ingest. Failures: reject for a bad question, retry
// when the store is away.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <arrow/type_fwd.h>

#include "core/batch.h"
#include "core/schema.h"
#include "engine/sink.h"

namespace sluice {

// The order of every list of readings, newest first: (event time, partition, position).
struct Cursor {
  Timestamp time;
  PartitionId partition = 0;
  Position position = 0;
};

struct ReadingsQuery {
  std::string stream;
  std::optional<std::string> key;
  std::optional<Timestamp> from;  // inclusive, event time
  std::optional<Timestamp> to;    // exclusive
  std::optional<Cursor> before;   // continue behind this reading
  int64_t limit = 100;
  bool include_future = false;  // readings stamped later than arrival + max_future (rule D12)
  bool system_columns = false;  // also ingested_at, _partition, _position
};

struct StatsQuery {
  std::string stream;
  Timestamp from;
  Timestamp to;
  bool by_key = false;               // also of each key, in their order
  std::optional<std::string> after;  // only keys behind this one
  int64_t limit = 10'000;            // of keys
  bool include_future = false;
};

struct FieldStats {
  // Of an int field a whole number, with all its digits.
  using Extreme = std::optional<std::variant<int64_t, double>>;
  int64_t count = 0;
  Extreme min, max;
  std::optional<double> avg, stddev;
};
struct StreamStats {
  int64_t readings = 0;
  std::map<std::string, FieldStats> fields;  // numeric fields
};
struct StatsAnswer {
  StreamStats all;
  std::map<std::string, StreamStats> keys;  // by_key
};

struct KeysQuery {
  std::string stream;
  std::optional<std::string> after;  // only keys behind this one
  int64_t limit = 10'000;
};

struct WindowsQuery {
  std::string summary;
  std::optional<Timestamp> from, to;  // of window starts
  std::optional<std::string> key;     // first `by` field
  int64_t limit = 10000;
};

struct SqlQuery {
  std::string text;
  std::vector<std::string> params;  // JSON scalars
  int64_t max_rows = 10000;
  int64_t max_bytes = 64 << 20;  // of the answer as Arrow
  Duration timeout = std::chrono::seconds(30);
};
struct SqlAnswer {
  std::shared_ptr<arrow::Table> rows;
  bool truncated = false;  // a row is missing
  bool too_large = false;  // because of max_bytes
};

struct DeadLettersQuery {
  std::optional<std::string> stream;
  std::vector<int64_t> ids;  // empty: all
  int64_t after = 0;         // only ids above this; the first is 1
  int64_t limit = 100;
  int64_t bytes = 1'024;  // of each entry's bytes, no more; kDeadBytesKept: all that were kept
};

struct StoredDeadLetter {
  int64_t id = 0;
  std::string stream;
  std::string job;  // which job keeps it
  PartitionId partition = 0;
  DeadEntry entry;  // `at` is the position
};

class StoreQueries {
 public:
  virtual ~StoreQueries() = default;
  using Rows = Result<std::shared_ptr<arrow::Table>>;

  // Readings, newest first; columns: the stream's (TableSchema with system_columns).
  virtual Rows Readings(const ReadingsQuery& query) = 0;
  // key (text), first, last (timestamps), readings (int64); ordered by key.
  virtual Rows Keys(const KeysQuery& query) = 0;
  virtual Result<StatsAnswer> Stats(const StatsQuery& query) = 0;
  // The view's columns, oldest window first.
  virtual Rows Windows(const WindowsQuery& query) = 0;
  // One SELECT in the sandbox; rejects everything else.
  virtual Result<SqlAnswer> Sql(const SqlQuery& query) = 0;

  // Every seat the store knows, with its audit terms.
  struct SeatRow {
    Seat seat;
    SeatState state;
    bool operator<(const SeatRow& other) const { return seat < other.seat; }
  };
  virtual Result<std::vector<SeatRow>> Seats() = 0;
  // What lies in [from, next) of a partition, counted (audit --deep).
  struct Counted {
    int64_t rows = 0;
    int64_t dead = 0;
    int64_t expired =
        0;  // removed by retention since the seat began: of the whole partition, whatever was asked
  };
  virtual Result<Counted> CountRows(const std::string& stream, PartitionId partition, Position from,
                                    Position next) = 0;

  // By id, ascending.
  virtual Result<std::vector<StoredDeadLetter>> DeadLetters(const DeadLettersQuery& query) = 0;
};

}  // namespace sluice
