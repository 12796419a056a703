// Time: whole microseconds, UTC, in an int64, never through a double (rule D13).
// Timestamp is an instant, Duration a span. Values; pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/status.h"

namespace sluice {

using Duration = std::chrono::microseconds;
using Timestamp = std::chrono::sys_time<Duration>;

inline constexpr Timestamp FromMicros(int64_t micros) { return Timestamp(Duration(micros)); }
inline constexpr int64_t ToMicros(Timestamp time) { return time.time_since_epoch().count(); }

// The instants that a reading may bear: years 1 to 9999.
inline constexpr Timestamp kMinTime = std::chrono::sys_days(std::chrono::year(1) / std::chrono::January / 1);
inline constexpr Timestamp kMaxTime =
    Timestamp(std::chrono::sys_days(std::chrono::year(10000) / std::chrono::January / 1)) - Duration(1);

// `2025-10-15T12:00:00.123456+02:00`: `T` or a blank, fraction of any length (floored to microseconds),
// offset optional. A naive time is taken in UTC and `*naive` set, when given, so that the caller can apply
// its zone. Rejects what is no such time or lies outside years 1 to 9999.
Result<Timestamp> ParseRfc3339(std::string_view text, bool* naive = nullptr);

// `2025-10-15T12:00:00Z`, with six digits of fraction when there is one (or always, with `all_digits`).
std::string FormatRfc3339(Timestamp time, bool all_digits = false);

// `500ms 10s 15m 24h 30d`, also with a fraction (`1.5s`) and `us`. Never negative.
Result<Duration> ParseDuration(std::string_view text);
std::string FormatDuration(Duration duration);

}  // namespace sluice
