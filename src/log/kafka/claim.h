// What the control topic says of one origin: who holds it, and how far it was taken. Pure values.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/time.h"
#include "log/embedded/origins.h"
#include "log/kafka/raises.h"

namespace sluice::kafka {

using embedded::OriginRecord;

// Who holds an origin. `writer` is a transactional id: whoever claims the origin next fences it, and `older`
// ones, whose fencing nobody has reported done.
struct Claim {
  bool keyed = false;    // by an append whose origin has no epoch
  bool expires = false;  // the origin is forgotten some time after that: an idempotency key
  std::string writer;
  std::set<std::string> older;
  Offset epoch = 0;  // of the record that made the claim: no two claims have the same

  std::string Encode() const;
  static std::optional<Claim> Decode(std::string_view bytes);
};

struct OriginEntry {
  std::optional<Claim> claim;        // unset: nobody's, or released
  std::optional<OriginRecord> step;  // the last; unset: none was made
  Timestamp forget = kMaxTime;       // an idempotency key: when it is worth nothing any more

  bool Empty() const { return !claim && !step; }
  bool IsKey() const { return step ? step->expires.has_value() : claim && claim->expires; }
  bool IsHeldBy(const std::string& writer) const { return claim && claim->writer == writer; }
  // The origin as the rules see it: an expired step is none, a keyed claim gives no epoch.
  OriginRecord At(Timestamp now) const;
};

}  // namespace sluice::kafka
