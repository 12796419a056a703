#include "log/embedded/holes.h"

#include <algorithm>

#include "log/embedded/wire.h"

namespace sluice::embedded {

std::string EncodeHole(const Hole& hole) {
  WireWriter out;
  out.Put(hole.next);
  out.Put(static_cast<uint8_t>(hole.empty));
  return out.Take();
}

std::optional<Hole> DecodeHole(std::string_view bytes) {
  WireReader in(bytes);
  Hole hole{.next = in.Get<Position>()};
  hole.empty = in.Get<uint8_t>() != 0;
  return in.Done() ? std::optional(hole) : std::nullopt;
}

int64_t EmptyWithin(const Holes& holes, Position first, Position next) {
  int64_t empty = 0;
  auto hole = holes.upper_bound(first);
  if (hole != holes.begin()) --hole;
  for (; hole != holes.end() && hole->first < next; ++hole) {
    const int64_t within = std::min(hole->second.next, next) - std::max(hole->first, first);
    if (hole->second.empty && within > 0) empty += within;
  }
  return empty;
}

void CutHoles(Holes& holes, Position low) {
  while (!holes.empty() && holes.begin()->first < low) {
    const Hole hole = holes.begin()->second;
    holes.erase(holes.begin());
    if (hole.next > low) holes[low] = hole;
  }
}

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
    covered_ = std::max(covered_, hole->second.next);
  }
}

}  // namespace sluice::embedded
