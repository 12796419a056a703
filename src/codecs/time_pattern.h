// TimePattern: a strptime pattern of `time_format`, checked once and applied to many texts. Directives: %Y %m
// %d %j %y %b %B %h %a %A %e %H %I %p %M %S %f %z %s %D %F %T %R %n %t %%. %f takes any number of digits and
// is floored to microseconds; %z takes Z, +hh:mm, +hhmm and +hh. Immutable; any thread. Make rejects what
// cannot give a date.
#pragma once

#include <string>
#include <string_view>

#include "core/status.h"
#include "core/time.h"

namespace sluice {

class TimePattern {
 public:
  static Result<TimePattern> Make(std::string_view pattern);

  // The instant; `*naive` when the text named no offset, so that it is a local time still given as if it were
  // UTC. False when the text does not match. Years 1 to 9999 are the caller's to check.
  bool Read(std::string_view text, Timestamp* out, bool* naive) const;

 private:
  explicit TimePattern(std::string pattern) : pattern_(std::move(pattern)) {}
  std::string pattern_;  // %D %F %T %R written out
};

}  // namespace sluice
