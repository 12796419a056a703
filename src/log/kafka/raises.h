// Raises: how the offsets of one Kafka partition become positions. They are equal until a topic is deleted or
// truncated beneath positions that a sink has seen: from then on positions go on behind those, so that none
// is ever given twice, and what lies between is lost. Values, kept in the control topic; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch.h"

namespace sluice::kafka {

using Offset = int64_t;

class Raises {
 public:
  // From `offset` (the end of the partition) on, positions begin at `position`. No effect when they do
  // already.
  void Raise(Offset offset, Position position);
  // The topic was made anew, empty: the next Raise holds from its first offset on, and no older one does.
  void BeginAnew();
  bool anew() const { return anew_; }

  Position PositionOf(Offset offset) const;
  // The first offset whose position is `position` or higher.
  Offset OffsetOf(Position position) const;
  bool empty() const { return steps_.empty(); }

  std::string Encode() const;
  static std::optional<Raises> Decode(std::string_view bytes);
  bool operator==(const Raises&) const = default;

 private:
  struct Step {
    Offset offset = 0;
    Position position = 0;
    bool operator==(const Step&) const = default;
  };
  std::vector<Step> steps_;  // both ascending
  bool anew_ = false;
};

// What a run of positions [first, next) of a slice is made of: `entries` records were found between two
// offsets.
struct RunTerms {
  int64_t gaps = 0;  // offsets that the broker shows to be empty: markers, aborted, compacted
  int64_t lost = 0;  // positions that were raised over
};
RunTerms CountRun(const Raises& raises, Position first, Offset from, Offset next, int64_t entries);

}  // namespace sluice::kafka
