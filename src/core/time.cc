#include "core/time.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace sluice {
namespace {

// Reads fixed-width decimal fields from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool Digits(size_t n, int* out) {
    if (rest_.size() < n) return false;
    int value = 0;
    for (size_t i = 0; i < n; ++i) {
      const char c = rest_[i];
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(n);
    *out = value;
    return true;
  }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool AtDigit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  char Next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  bool Done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// Digits after the point as microseconds, floored; false when there is none.
bool ScanFraction(Scanner& scan, int64_t* micros) {
  if (!scan.AtDigit()) return false;
  int64_t scale = 100'000;
  while (scan.AtDigit()) {
    *micros += (scan.Next() - '0') * scale;
    scale /= 10;
  }
  return true;
}

// `Z`, `+hh:mm`, `+hhmm` or nothing.
bool ScanOffset(Scanner& scan, int* minutes, bool* naive) {
  *minutes = 0;
  *naive = scan.Done();
  if (*naive) return true;
  if (scan.Take('Z') || scan.Take('z')) return scan.Done();
  const bool west = scan.Take('-');
  if (!west && !scan.Take('+')) return false;
  int hours = 0;
  int mins = 0;
  if (!scan.Digits(2, &hours)) return false;
  scan.Take(':');
  if (!scan.Digits(2, &mins) || hours > 23 || mins > 59 || !scan.Done()) return false;
  *minutes = (west ? -1 : 1) * (hours * 60 + mins);
  return true;
}

struct Unit {
  std::string_view name;
  int64_t micros;
};
constexpr std::array kUnits = {Unit{"us", 1},         Unit{"ms", 1'000},        Unit{"s", 1'000'000},
                               Unit{"m", 60'000'000}, Unit{"h", 3'600'000'000}, Unit{"d", 86'400'000'000}};

Status NotATime(std::string_view text) {
  return Status::Reject(
      fmt::format("'{}' is not an RFC 3339 time such as 2025-10-15T12:00:00Z", text.substr(0, 64)));
}

}  // namespace

Result<Timestamp> ParseRfc3339(std::string_view text, bool* naive) {
  Scanner scan(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!scan.Digits(4, &year) || !scan.Take('-') || !scan.Digits(2, &month) || !scan.Take('-') ||
      !scan.Digits(2, &day) || !(scan.Take('T') || scan.Take('t') || scan.Take(' ')) ||
      !scan.Digits(2, &hour) || !scan.Take(':') || !scan.Digits(2, &minute) || !scan.Take(':') ||
      !scan.Digits(2, &second)) {
    return NotATime(text);
  }
  int64_t fraction = 0;
  if (scan.Take('.') && !ScanFraction(scan, &fraction)) return NotATime(text);
  int offset = 0;
  bool is_naive = false;
  if (!ScanOffset(scan, &offset, &is_naive)) return NotATime(text);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  // A leap second (:60) is the first instant of the next minute.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return NotATime(text);
  const Timestamp time = Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
                         std::chrono::minutes(minute - offset) + std::chrono::seconds(second) +
                         Duration(fraction);
  if (time < kMinTime || time > kMaxTime) {
    return Status::Reject(fmt::format("time '{}' lies outside the years 1 to 9999", text.substr(0, 64)));
  }
  if (naive != nullptr) *naive = is_naive;
  return time;
}

std::string FormatRfc3339(Timestamp time, bool all_digits) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  const int64_t micros = clock.subseconds().count();
  if (micros != 0 || all_digits) text += fmt::format(".{:06}", micros);
  return text + "Z";
}

Result<Duration> ParseDuration(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  if (error == std::errc() && value >= 0 && std::isfinite(value)) {
    for (const Unit& known : kUnits) {
      if (known.name != unit) continue;
      const double micros = value * static_cast<double>(known.micros);
      if (micros > 9e17) break;
      return Duration(std::llround(micros));
    }
  }
  return Status::Reject(fmt::format("'{}' is not a duration such as 500ms, 10s, 15m, 24h or 30d", text));
}

std::string FormatDuration(Duration duration) {
  if (duration.count() == 0) return "0s";
  for (auto unit = kUnits.rbegin(); unit != kUnits.rend(); ++unit) {
    if (duration.count() % unit->micros == 0)
      return fmt::format("{}{}", duration.count() / unit->micros, unit->name);
  }
  return fmt::format("{}us", duration.count());
}

}  // namespace sluice
