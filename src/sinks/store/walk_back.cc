#include "sinks/store/walk_back.h"

#include <algorithm>

#include <arrow/api.h>

namespace sluice {
namespace {

// The span that should hold twice the readings asked for, were they spread evenly.
Duration FirstStep(const Reach& reach, int64_t limit) {
  constexpr double kLongest = 1e17;
  const Timestamp oldest = std::max(reach.oldest, FromMicros(0));
  const double span = static_cast<double>((reach.newest - oldest).count());
  const double step =
      2.0 * span / static_cast<double>(std::max<int64_t>(reach.readings, 1)) * static_cast<double>(limit);
  return Duration(static_cast<int64_t>(std::clamp(step, 1e6, kLongest)));
}

}  // namespace

StoreQueries::Rows WalkBack(const Reach& reach, const ReadingsQuery& query, const AskFrom& ask) {
  const Timestamp floor = query.from.value_or(kMinTime);
  if (!reach.known) return ask(kMaxTime);
  const Timestamp lowest = std::max(floor, reach.oldest);
  Timestamp top = reach.newest;
  if (query.to) top = std::min(top, *query.to);
  if (query.before) top = std::min(top, query.before->time);
  for (Duration step = FirstStep(reach, query.limit);; step *= 8) {
    const bool last = top <= lowest || step >= top - lowest;
    SLUICE_ASSIGN(auto rows, ask(last ? floor : top - step));
    if (last || rows->num_rows() >= query.limit) return rows;
  }
}

}  // namespace sluice
