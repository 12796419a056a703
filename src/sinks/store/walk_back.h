// Walk back: "newest 50 of a key" without an index on the key. The key directory says how far the readings
// reach; from the newest on, ever wider spans of time are asked for until enough were found. Zone maps and
// BRIN make a span cheap. Pure but for the questions it is given.
#pragma once

#include <functional>

#include "sinks/store/queries.h"

namespace sluice {

// What the key directory knows of the readings asked for: where to begin, and how wide to step.
struct Reach {
  bool known = false;
  Timestamp newest = kMaxTime;
  Timestamp oldest = kMinTime;
  int64_t readings = 0;
};

// Asks for readings not older than `from`, newest first, at most the query's limit.
using AskFrom = std::function<StoreQueries::Rows(Timestamp from)>;
StoreQueries::Rows WalkBack(const Reach& reach, const ReadingsQuery& query, const AskFrom& ask);

}  // namespace sluice
