// TimeZone: turns naive local times into instants. Named zones come from the machine's zone database
// (/usr/share/zoneinfo, package tzdata), read once per process and kept. A local time that occurs twice
// (clocks set back) is its first occurrence; one that does not occur (clocks set forward) is read with the
// offset before the gap, so 02:30 becomes 03:30 summer time. Immutable; any thread. Load rejects unknown
// names and a missing database.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"
#include "core/time.h"

namespace sluice {

class TimeZone {
 public:
  // "UTC", an offset ("+02:00") or an IANA name ("Europe/Berlin").
  static Result<std::shared_ptr<const TimeZone>> Load(std::string_view name);
  // From the bytes of a TZif file (RFC 8536, version 2 or later).
  static Result<std::shared_ptr<const TimeZone>> FromTzif(std::string_view bytes);

  // The instant of a local time, given as if it were UTC. Fractions are kept.
  Timestamp ToUtc(Timestamp local) const;
  // Seconds east of UTC at an instant in seconds since 1970.
  int64_t OffsetAt(int64_t utc) const;

 private:
  // A date of the year at which the clocks change, as in POSIX TZ strings.
  struct Change {
    char kind = 'M';  // M month.week.weekday, J day 1–365 without leap days, 0 day 0–365
    int month = 0, week = 0, day = 0;
    int64_t seconds = 7200;  // local time of the day
  };
  friend class PosixRuleParser;

  int64_t RuleOffsetAt(int64_t utc) const;

  std::vector<int64_t> transitions_;  // ascending instants
  std::vector<int64_t> offsets_;      // offsets_[i] holds before transitions_[i]; one more than transitions
  bool has_rule_ = false;             // of summer time, behind the last transition
  int64_t standard_ = 0;
  int64_t summer_ = 0;
  Change to_summer_;
  Change to_standard_;
};

}  // namespace sluice
