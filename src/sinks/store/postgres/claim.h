// Claiming a seat: raises its epoch, which waits for whoever stores under the older one and shuts him out. A
// backend that holds the row for longer than two seconds (its process was stopped, or its machine is gone) is
// ended: our own role may. One that builds a summary, which holds the advisory lock of the schema, may take
// long: it is ended only once its process has been silent for half a minute. Any thread, a connection each.
// Failures: lost when the seat is another's; retry.
#pragma once

#include <string>

#include "sinks/store/postgres/pool.h"
#include "sinks/store/postgres/seat_book.h"

namespace sluice::pg {

// Takes the seat for `holder`, from whomever. A seat never seen starts at `start_if_new` with `log_id`, but
// behind what a forgotten job of the same name has stored.
Result<SeatState> ClaimSeat(Pool& pool, const Seat& seat, const std::string& holder,
                            const std::string& log_id, Position start_if_new);

// Raises the epoch of a seat that is still held; where it stands now.
struct Standing {
  uint64_t epoch = 0;
  Position next = 0;
};
Result<Standing> ClaimAgain(Pool& pool, const Seat& seat, const std::string& holder);

}  // namespace sluice::pg
