#include "sinks/store/postgres/seat_book.h"

#include <algorithm>

#include <arrow/api.h>

namespace sluice::pg {
namespace {

Terms Minus(const Terms& a, const Terms& b) {
  return {.stored = a.stored - b.stored,
          .filtered = a.filtered - b.filtered,
          .duplicate = a.duplicate - b.duplicate,
          .late = a.late - b.late,
          .dead = a.dead - b.dead,
          .gaps = a.gaps - b.gaps,
          .lost = a.lost - b.lost};
}

// The first row at or behind `position`.
int64_t FirstRowFrom(const arrow::RecordBatch& rows, Position position) {
  const auto& positions =
      static_cast<const arrow::Int64Array&>(*rows.GetColumnByName(std::string(kPosition)));
  const int64_t* begin = positions.raw_values();
  return std::lower_bound(begin, begin + positions.length(), position) - begin;
}

}  // namespace

Cut CutSpan(const Span& span, const Held& held) {
  Cut cut{.span = span};
  cut.span.epoch = held.epoch;
  if (span.from == held.next) return cut;
  if (span.next <= held.next) {
    cut.nothing = true;
    cut.ahead = Minus(held.ahead, span.terms);
    return cut;
  }
  cut.span.from = held.next;
  cut.span.terms = Minus(span.terms, held.ahead);
  if (span.rows != nullptr) cut.span.rows = span.rows->Slice(FirstRowFrom(*span.rows, held.next));
  std::erase_if(cut.span.dead, [&](const DeadEntry& entry) { return entry.at < held.next; });
  // A row that was refused then and counts as stored now (or the other way round) lies in what is cut off.
  cut.span.terms.stored = cut.span.rows != nullptr ? cut.span.rows->num_rows() : 0;
  cut.span.terms.dead = static_cast<int64_t>(cut.span.dead.size());
  return cut;
}

void Resolve(Held& held, uint64_t epoch, Position next) {
  held.epoch = epoch;
  if (held.unsure && next == held.unsure->next && next != held.next) {
    held.ahead += held.unsure->terms;
    held.next = next;
  }
  held.unsure.reset();
}

void SeatBook::Claimed(const Seat& seat, const SeatState& state, std::string holder) {
  const MutexLock lock(mutex_);
  seats_[seat] = {.claimed = state.epoch,
                  .epoch = state.epoch,
                  .holder = std::move(holder),
                  .next = state.next,
                  .job = state.next};
}

std::optional<Held> SeatBook::Find(const Seat& seat, uint64_t claimed) const {
  const MutexLock lock(mutex_);
  const auto found = seats_.find(seat);
  if (found == seats_.end() || found->second.claimed != claimed) return std::nullopt;
  return found->second;
}

void SeatBook::Update(const Seat& seat, const Held& held) {
  const MutexLock lock(mutex_);
  const auto found = seats_.find(seat);
  if (found != seats_.end() && found->second.claimed == held.claimed) found->second = held;
}

void SeatBook::Lost(const Seat& seat) {
  const MutexLock lock(mutex_);
  seats_.erase(seat);
}

}  // namespace sluice::pg
