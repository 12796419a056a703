// TimeReader: what `time_format` and `time_zone` make of the times in an input. Used by every codec for its
// timestamp fields. Immutable; any thread. Make rejects a format or a zone that cannot work, naming the
// option. Naive local times: see time_zone.h for those that occur twice or never.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codecs/decimal.h"
#include "codecs/time_pattern.h"
#include "codecs/time_zone.h"
#include "core/status.h"
#include "core/time.h"

namespace sluice {

class TimeReader {
 public:
  static Result<TimeReader> Make(std::string_view format, std::string_view zone);

  // Each returns false and says in `*why` ("'x' is not …") when the value is no time. A time outside the
  // years 1 to 9999 is none.
  bool FromText(std::string_view text, Timestamp* out, std::string* why) const;
  bool FromNumber(const Decimal& number, Timestamp* out, std::string* why) const;
  // A local time as if it were UTC, of a column that has no zone of its own.
  Timestamp FromNaive(Timestamp local) const { return zone_->ToUtc(local); }

  // Reads `2025-10-15T12:00:00[.f…]Z`, which is what nearly every sender writes, from the front of `text`; 32
  // bytes from there on must be readable. How many characters it has; 0 when something else stands there,
  // good or bad, or when the format wants something else.
  size_t Scan(const char* text, Timestamp* out) const;

  // Whether the format wants numbers (unix_s …).
  bool WantsNumbers() const { return unix_scale_.has_value(); }

 private:
  TimeReader() = default;
  bool FromRfc3339(std::string_view text, Timestamp* out, std::string* why) const;

  std::optional<int> unix_scale_;  // microseconds of one unit as a power of ten
  std::string unix_name_;
  std::optional<TimePattern> pattern_;
  std::string pattern_text_;
  std::shared_ptr<const TimeZone> zone_;
  bool utc_ = true;  // the zone is UTC
};

}  // namespace sluice
