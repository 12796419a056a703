#include "testing/fake_sink.h"

#include <algorithm>
#include <iterator>

#include <arrow/api.h>

#include "core/schema.h"

namespace sluice {
namespace {

std::vector<Position> PositionsOf(const Span& span) {
  const auto& column =
      static_cast<const arrow::Int64Array&>(*span.rows->GetColumnByName(std::string(kPosition)));
  return {column.raw_values(), column.raw_values() + column.length()};
}

}  // namespace

Result<SeatState> FakeSink::Claim(const Seat& seat, const std::string& log_id, Position start_if_new) {
  const auto [it, is_new] = seats_.try_emplace(seat);
  if (is_new) it->second = {.start = start_if_new, .next = start_if_new, .log_id = log_id};
  ++it->second.epoch;
  return it->second;
}

std::vector<Refusal> FakeSink::RefusedIn(const Span& span) const {
  const auto is_here = [&](const Refused& refused) {
    return refused.partition.value_or(span.seat.partition) == span.seat.partition;
  };
  std::vector<Refusal> found;
  for (const Position position : PositionsOf(span)) {
    const auto is_it = [&](const Refused& refused) {
      return refused.position == position && is_here(refused);
    };
    if (std::any_of(refused_.begin(), refused_.end(), is_it)) found.push_back({span.seat, position});
  }
  return found;
}

CommitOutcome FakeSink::Commit(std::span<const Span> spans) {
  if (!answers_.empty()) {
    CommitOutcome answer = answers_.front();
    answers_.erase(answers_.begin());
    if (answer.kind != CommitOutcome::done) return answer;
  }
  for (const Span& span : spans) {
    const SeatState& seat = seats_.at(span.seat);
    if (seat.epoch != span.epoch || seat.next != span.from) {
      return {.kind = CommitOutcome::lost, .status = Status::Lost("another holds the seat")};
    }
    if (auto refused = RefusedIn(span); !refused.empty()) {
      return {
          .kind = CommitOutcome::reject, .status = Status::Reject("refused"), .rejected = std::move(refused)};
    }
  }
  for (const Span& span : spans) {
    SeatState& seat = seats_.at(span.seat);
    seat.next = span.next;
    seat.terms += span.terms;
    seat.state = span.state;
    if (!span.log_id.empty()) seat.log_id = span.log_id;
    std::ranges::copy(PositionsOf(span), std::back_inserter(positions_));
    std::ranges::copy(span.dead, std::back_inserter(dead_));
  }
  ++commits_;
  return {};
}

}  // namespace sluice
