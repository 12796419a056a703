// Which positions of a partition nothing covers: no batch, and no hole that is recorded already. Batches are
// told in order. Pure; one thread at a time.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "core/batch.h"

namespace sluice::embedded {

using Holes = std::map<Position, Position>;  // first → next

class HoleFinder {
 public:
  // `known` outlives the finder.
  HoleFinder(const Holes& known, Position from) : known_(known), covered_(from) {}
  // The positions from `first` to before `next` are there.
  void Cover(Position first, Position next);
  // What is uncovered up to `end`, in order. The finder is used up.
  std::vector<std::pair<Position, Position>> Finish(Position end);
  // What lies below is covered or found.
  Position covered() const { return covered_; }

 private:
  void SkipKnown(Position upto);

  const Holes& known_;
  Position covered_;
  std::vector<std::pair<Position, Position>> found_;
};

}  // namespace sluice::embedded
