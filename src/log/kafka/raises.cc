#include "log/kafka/raises.h"

#include <algorithm>
#include <utility>

#include "log/embedded/wire.h"

namespace sluice::kafka {

using embedded::WireReader;
using embedded::WireWriter;

void Raises::BeginAnew() {
  steps_.clear();
  anew_ = true;
}

void Raises::Raise(Offset offset, Position position) {
  if (std::exchange(anew_, false)) offset = 0;
  if (PositionOf(offset) >= position) return;
  // A partition that begins anew ends before steps that were made for the one before it.
  while (!steps_.empty() && steps_.back().offset >= offset) steps_.pop_back();
  steps_.push_back({offset, position});
}

Position Raises::PositionOf(Offset offset) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), offset,
                                      [](Offset at, const Step& step) { return at < step.offset; });
  if (after == steps_.begin()) return offset;
  return std::prev(after)->position + (offset - std::prev(after)->offset);
}

Offset Raises::OffsetOf(Position position) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), position,
                                      [](Position at, const Step& step) { return at < step.position; });
  const Offset found =
      after == steps_.begin() ? position : std::prev(after)->offset + (position - std::prev(after)->position);
  return after == steps_.end() ? found : std::min(found, after->offset);
}

std::string Raises::Encode() const {
  WireWriter out;
  out.Put(static_cast<uint8_t>(anew_));
  out.Put(static_cast<uint32_t>(steps_.size()));
  for (const Step& step : steps_) {
    out.Put(step.offset);
    out.Put(step.position);
  }
  return out.Take();
}

std::optional<Raises> Raises::Decode(std::string_view bytes) {
  WireReader in(bytes);
  Raises raises;
  raises.anew_ = in.Get<uint8_t>() != 0;
  const auto count = in.Get<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    const auto offset = in.Get<Offset>();
    const auto position = in.Get<Position>();
    raises.steps_.push_back({offset, position});
  }
  if (!in.Done()) return std::nullopt;
  return raises;
}

RunTerms CountRun(const Raises& raises, Position first, Offset from, Offset next, int64_t entries) {
  return {.gaps = next - from - entries, .lost = raises.PositionOf(next) - first - (next - from)};
}

}  // namespace sluice::kafka
