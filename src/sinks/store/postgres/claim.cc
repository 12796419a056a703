#include "sinks/store/postgres/claim.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/answers.h"
#include "sinks/store/postgres/rights.h"
#include "sinks/store/sql_text.h"
#include "sinks/store/stream_sql.h"
#include "telemetry/events.h"

namespace sluice::pg {
namespace {

constexpr Duration kWaitForOthers = std::chrono::seconds(2);
// A process that builds a summary asks for rows, adds them up, and sends what came of it: never longer apart.
constexpr Duration kSilenceOfBuilder = std::chrono::seconds(30);

std::string IsSeat(const Seat& seat) {
  return fmt::format("job = {} AND stream = {} AND \"partition\" = {}", QuoteText(seat.job),
                     QuoteText(seat.stream), seat.partition);
}

void EndBlockers(Pool& pool, int backend) {
  auto other = pool.Open();
  if (!other.ok()) return;
  const auto ended = (*other)->Query(fmt::format(
      "SELECT a.pid, pg_terminate_backend(a.pid) FROM pg_stat_activity a WHERE a.pid = ANY "
      "(pg_blocking_pids({})) AND NOT (EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = "
      "'advisory' AND l.granted) AND (a.wait_event_type IS DISTINCT FROM 'Client' OR a.state_change > "
      "clock_timestamp() - interval '{} s'))",
      backend, kSilenceOfBuilder.count() / 1'000'000));
  if (!ended.ok()) {
    Event(Level::warn, "store", "cannot end the backend that holds up a claim",
          {{"why", ended.status().message()}});
    return;
  }
  const Rows rows(*ended);
  for (int64_t row = 0; row < rows.size(); ++row) {
    Event(Level::warn, "store", "ended a backend that held up a claim",
          {{"pid", std::to_string(rows.Int(0, row))}});
  }
}

// An update of the seat's row that does not wait for ever.
Result<std::shared_ptr<arrow::Table>> Update(Pool& pool, Connection& connection, const std::string& sql) {
  SLUICE_TRY(connection.Send(sql));
  if (!connection.WaitForAnswer(kWaitForOthers)) EndBlockers(pool, connection.backend());
  auto answer = connection.Receive();
  if (answer.ok() || connection.failure().sqlstate != kLockTimeout) return answer;
  return Status::Retry(
      "another process makes tables or builds a summary, and holds every position meanwhile");
}

Result<Position> EndOfRows(Connection& connection, const Seat& seat) {
  SLUICE_ASSIGN(auto answer,
                connection.Query(fmt::format(
                    "SELECT coalesce(max(last) + 1, 0) FROM (SELECT max(_position) AS last FROM {} WHERE "
                    "_partition = {} UNION ALL SELECT max(position) FROM sluice_dead_letter WHERE {}) ends",
                    RowsOfStream(seat.stream), seat.partition, IsSeat(seat))));
  return Rows(answer).Int(0, 0);
}

Status Insert(Connection& connection, const Seat& seat, const std::string& holder, const std::string& log_id,
              Position start_if_new) {
  SLUICE_ASSIGN(const Position behind, EndOfRows(connection, seat));
  const Position start = std::max(start_if_new, behind);
  return connection.Run(
      fmt::format("INSERT INTO sluice_position (job, stream, \"partition\", log_id, start, next, epoch, "
                  "holder, state, stored, "
                  "filtered, duplicate, late, dead, gaps, lost) VALUES ({}, {}, {}, {}, {}, {}, 1, {}, '', "
                  "0, 0, 0, 0, 0, 0, 0)",
                  QuoteText(seat.job), QuoteText(seat.stream), seat.partition, QuoteText(log_id), start,
                  start, QuoteText(holder)));
}

constexpr const char* kBegin = "BEGIN; SET LOCAL lock_timeout = '10s'";

Result<SeatState> Take(Pool& pool, Connection& connection, const Seat& seat, const std::string& holder,
                       const std::string& log_id, Position start_if_new) {
  SLUICE_TRY(connection.Run(kBegin));
  Rollback rollback(connection);
  SLUICE_ASSIGN(
      auto taken,
      Update(pool, connection,
             fmt::format("UPDATE sluice_position SET epoch = epoch + 1, holder = {} WHERE {} RETURNING next",
                         QuoteText(holder), IsSeat(seat))));
  if (taken->num_rows() == 0) {
    const Status made = Insert(connection, seat, holder, log_id, start_if_new);
    // Another was faster: he is fenced by the next try.
    if (!made.ok()) return Status::Retry(made.message());
  }
  SLUICE_ASSIGN(auto answer, connection.Query(fmt::format("SELECT {} FROM sluice_position WHERE {}",
                                                          kSeatStateColumns, IsSeat(seat))));
  SLUICE_TRY(connection.Run("COMMIT"));
  rollback.Over();
  return ReadSeatState(Rows(answer), 0, 0);
}

}  // namespace

Result<SeatState> ClaimSeat(Pool& pool, const Seat& seat, const std::string& holder,
                            const std::string& log_id, Position start_if_new) {
  SLUICE_ASSIGN(auto connection, pool.Take());
  auto state = Take(pool, *connection, seat, holder, log_id, start_if_new);
  if (!state.ok()) return NameMissingRights(*connection, state.status());
  return state;
}

Result<Standing> ClaimAgain(Pool& pool, const Seat& seat, const std::string& holder) {
  SLUICE_ASSIGN(auto connection, pool.Take());
  SLUICE_TRY(connection->Run(kBegin));
  Rollback rollback(*connection);
  SLUICE_ASSIGN(
      auto answer,
      Update(pool, *connection,
             fmt::format("UPDATE sluice_position SET epoch = epoch + 1 WHERE {} AND holder = {} RETURNING "
                         "epoch, next",
                         IsSeat(seat), QuoteText(holder))));
  SLUICE_TRY(connection->Run("COMMIT"));
  rollback.Over();
  const Rows rows(answer);
  if (rows.size() == 0) {
    return Status::Lost(
        fmt::format("{} of {}/{} belongs to another claim", seat.job, seat.stream, seat.partition));
  }
  return Standing{static_cast<uint64_t>(rows.Int(0, 0)), rows.Int(1, 0)};
}

}  // namespace sluice::pg
