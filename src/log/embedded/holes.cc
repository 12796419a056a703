#include "log/embedded/holes.h"

#include <algorithm>

namespace sluice::embedded {

void HoleFinder::Cover(Position first, Position next) {
  SkipKnown(first);
  if (first > covered_) found_.emplace_back(covered_, first);
  covered_ = std::max(covered_, next);
}

std::vector<std::pair<Position, Position>> HoleFinder::Finish(Position end) {
  Cover(end, end);
  return std::move(found_);
}

// Moves over recorded holes, noting what lies uncovered before them.
void HoleFinder::SkipKnown(Position upto) {
  for (auto hole = known_.lower_bound(covered_); hole != known_.end() && hole->first < upto; ++hole) {
    if (hole->first > covered_) found_.emplace_back(covered_, hole->first);
    covered_ = std::max(covered_, hole->second);
  }
}

}  // namespace sluice::embedded
