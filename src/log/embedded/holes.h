// Holes: positions of a partition that have no entry, and why; and the search for positions that nothing
// covers, no batch and no hole. Pure; one thread at a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/batch.h"

namespace sluice::embedded {

struct Hole {
  Position next = 0;
  bool empty = false;  // never given to anybody: a gap; otherwise lost
  bool operator==(const Hole&) const = default;
};
using Holes = std::map<Position, Hole>;  // by first position

std::string EncodeHole(const Hole& hole);
std::optional<Hole> DecodeHole(std::string_view bytes);
// What of [first, next) is empty.
int64_t EmptyWithin(const Holes& holes, Position first, Position next);
// Drops what lies below `low`.
void CutHoles(Holes& holes, Position low);

// Batches are told in order.

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
