#include "sinks/store/duckdb/upkeep.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "sinks/store/rows.h"
#include "sinks/store/sql_text.h"

namespace sluice {
namespace {

// Positions that one removal takes: some tens of milliseconds.
constexpr int64_t kExpiredAtOnce = 122'880;

}  // namespace

std::vector<PositionRange> CutRange(const PositionRange& range, int64_t most) {
  std::vector<PositionRange> parts;
  for (Position from = range.from; from < range.next; from += most) {
    parts.push_back({range.partition, from, std::min(range.next, from + most)});
  }
  return parts;
}

Result<std::vector<PositionRange>> FindExpired(Connection& connection, const StreamSpec& stream,
                                               Timestamp cutoff) {
  SLUICE_ASSIGN(auto answer,
                connection.Query(fmt::format(
                    "SELECT _partition, min(_position), max(_position) + 1 FROM {} WHERE ingested_at < "
                    "make_timestamptz({}) GROUP BY 1 ORDER BY 1",
                    QuoteName(stream.name), ToMicros(cutoff))));
  const Rows rows(answer);
  std::vector<PositionRange> found;
  for (int64_t row = 0; row < rows.size(); ++row) {
    const auto parts = CutRange(
        {static_cast<PartitionId>(rows.Int(0, row)), rows.Int(1, row), rows.Int(2, row)}, kExpiredAtOnce);
    found.insert(found.end(), parts.begin(), parts.end());
  }
  return found;
}

Status ExpireRows(Connection& connection, const StreamSpec& stream, Timestamp cutoff,
                  const PositionRange& range) {
  const std::string old = fmt::format(
      "FROM {} WHERE ingested_at < make_timestamptz({}) AND _partition = {} AND _position >= {} AND "
      "_position < {}",
      QuoteName(stream.name), ToMicros(cutoff), range.partition, range.from, range.next);
  Transaction transaction(connection);
  SLUICE_TRY(transaction.Begin());
  SLUICE_TRY(connection.Run(fmt::format(
      // Rows of a job that was forgotten are in no books any more.
      "MERGE INTO sluice_expired e USING (SELECT _partition AS p, count(*) FILTER (WHERE _position >= "
      "coalesce("
      "(SELECT min(start) FROM sluice_position WHERE stream = {2} AND \"partition\" = {3}), 0)) AS n, "
      "max({0}) AS t {1} GROUP BY 1) d "
      "ON e.stream = {2} AND e.\"partition\" = d.p WHEN MATCHED THEN UPDATE SET rows = e.rows + d.n, "
      "until = greatest(e.until, d.t) WHEN NOT MATCHED THEN INSERT VALUES ({2}, d.p, d.n, d.t)",
      QuoteName(stream.fields[static_cast<size_t>(stream.time)].name), old, QuoteText(stream.name),
      range.partition)));
  SLUICE_TRY(connection.Run("DELETE " + old));
  return transaction.Commit();
}

Status ExpireWindows(Connection& connection, const SummarySpec& summary, Timestamp cutoff) {
  return connection.Run(fmt::format("DELETE FROM {} WHERE window_start <= make_timestamptz({})",
                                    QuoteName(PartsTableOf(summary.name)), ToMicros(cutoff - summary.every)));
}

bool CheckpointDue(const WalState& wal, int64_t due_bytes, Duration due_age) {
  if (wal.bytes == 0) return false;
  if (wal.free_bytes < 2 * wal.bytes + (int64_t{64} << 20)) return false;
  return wal.bytes >= due_bytes || wal.age >= due_age;
}

WalState ReadWal(const std::string& database_file) {
  WalState wal;
  std::error_code error;
  const auto bytes = std::filesystem::file_size(database_file + ".wal", error);
  wal.bytes = error ? 0 : static_cast<int64_t>(bytes);
  const auto space = std::filesystem::space(std::filesystem::path(database_file).parent_path(), error);
  wal.free_bytes = error ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(space.available);
  return wal;
}

}  // namespace sluice
