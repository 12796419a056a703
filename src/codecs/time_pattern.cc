#include "codecs/time_pattern.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace sluice {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::string_view kDirectives = "YmdjybBhaAeHIpMSfzsntT%";

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// What the directives of a pattern have found so far.
struct Parts {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  int day_of_year = 0;  // 0: none
  int64_t micros = 0;
  bool twelve_hours = false, afternoon = false;
  std::optional<int> offset_minutes;
  std::optional<int64_t> unix_seconds;
};

class Matcher {
 public:
  explicit Matcher(std::string_view text) : rest_(text) {}

  bool Done() const { return rest_.empty(); }
  void SkipSpace() {
    while (!rest_.empty() && IsSpace(rest_.front())) rest_.remove_prefix(1);
  }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool Match(char directive, Parts* parts) {
    switch (directive) {
      case 'Y':
        return Number(4, 1, 9999, &parts->year);
      case 'm':
        return Number(2, 1, 12, &parts->month);
      case 'e':
        SkipSpace();
        [[fallthrough]];
      case 'd':
        return Number(2, 1, 31, &parts->day);
      case 'j':
        return Number(3, 1, 366, &parts->day_of_year);
      case 'y':
        return ShortYear(&parts->year);
      case 'b':
      case 'B':
      case 'h':
        return Name(kMonths, &parts->month);
      case 'a':
      case 'A':
        return Name(kWeekdays, nullptr);
      case 'H':
        return Number(2, 0, 23, &parts->hour);
      case 'I':
        parts->twelve_hours = true;
        return Number(2, 1, 12, &parts->hour);
      case 'p':
        return HalfOfDay(&parts->afternoon);
      case 'M':
        return Number(2, 0, 59, &parts->minute);
      case 'S':
        return Number(2, 0, 60, &parts->second);
      case 'f':
        return Fraction(&parts->micros);
      case 'z':
        return Offset(&parts->offset_minutes);
      case 's':
        return UnixSeconds(&parts->unix_seconds);
      case 'n':
      case 't':
        SkipSpace();
        return true;
      default:
        return Take(directive);  // %%
    }
  }

 private:
  bool AtDigit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }

  bool Number(size_t width, int low, int high, int* out) {
    int value = 0;
    size_t n = 0;
    for (; n < width && AtDigit(); ++n) {
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    *out = value;
    return n > 0 && value >= low && value <= high;
  }
  bool ShortYear(int* year) {  // as POSIX: 69–99 are of the last century
    if (!Number(2, 0, 99, year)) return false;
    *year += *year < 69 ? 2000 : 1900;
    return true;
  }
  template <size_t N>
  bool Name(const std::array<std::string_view, N>& names, int* out) {
    for (size_t i = 0; i < N; ++i) {
      for (const size_t length : {names[i].size(), size_t{3}}) {
        if (!StartsWith(names[i].substr(0, length))) continue;
        rest_.remove_prefix(length);
        if (out != nullptr) *out = static_cast<int>(i) + 1;
        return true;
      }
    }
    return false;
  }
  bool StartsWith(std::string_view lower) const {
    return rest_.size() >= lower.size() &&
           std::equal(lower.begin(), lower.end(), rest_.begin(),
                      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
  }
  bool HalfOfDay(bool* afternoon) {
    *afternoon = StartsWith("pm");
    if (!*afternoon && !StartsWith("am")) return false;
    rest_.remove_prefix(2);
    return true;
  }
  bool Fraction(int64_t* micros) {
    if (!AtDigit()) return false;
    *micros = 0;
    for (int64_t unit = 100'000; AtDigit(); unit /= 10) {
      *micros += (rest_.front() - '0') * unit;
      rest_.remove_prefix(1);
    }
    return true;
  }
  bool Offset(std::optional<int>* minutes) {
    *minutes = 0;
    if (Take('Z') || Take('z')) return true;
    const int sign = Take('-') ? -1 : 1;
    if (sign > 0 && !Take('+')) return false;
    int hours = 0, rest = 0;
    if (!Number(2, 0, 23, &hours)) return false;
    if ((Take(':') || AtDigit()) && !Number(2, 0, 59, &rest)) return false;
    *minutes = sign * (hours * 60 + rest);
    return true;
  }
  bool UnixSeconds(std::optional<int64_t>* seconds) {
    const int64_t sign = Take('-') ? -1 : 1;
    if (!AtDigit()) return false;
    int64_t value = 0;
    for (; AtDigit(); rest_.remove_prefix(1)) {
      if (value > 1'000'000'000'000) return false;  // beyond the year 9999
      value = value * 10 + (rest_.front() - '0');
    }
    *seconds = sign * value;
    return true;
  }

  std::string_view rest_;
};

bool Compose(const Parts& parts, Timestamp* out, bool* naive) {
  using namespace std::chrono;  // NOLINT: a calendar computation
  *naive = !parts.offset_minutes && !parts.unix_seconds;
  if (parts.unix_seconds) {
    *out = FromMicros(*parts.unix_seconds * 1'000'000 + parts.micros);
    return true;
  }
  sys_days date;
  if (parts.day_of_year > 0) {
    if (parts.day_of_year == 366 && !year(parts.year).is_leap()) return false;
    date = sys_days(year(parts.year) / 1 / 1) + days(parts.day_of_year - 1);
  } else {
    const year_month_day calendar = year(parts.year) / parts.month / parts.day;
    if (!calendar.ok()) return false;
    date = sys_days(calendar);
  }
  const int hour = parts.twelve_hours ? parts.hour % 12 + (parts.afternoon ? 12 : 0) : parts.hour;
  *out = Timestamp(date) + hours(hour) + minutes(parts.minute - parts.offset_minutes.value_or(0)) +
         seconds(parts.second) + Duration(parts.micros);
  return true;
}

std::string WrittenOut(std::string_view pattern) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view two = pattern.substr(i, 2);
    if (two == "%D") {
      out += "%m/%d/%y";
    } else if (two == "%F") {
      out += "%Y-%m-%d";
    } else if (two == "%T") {
      out += "%H:%M:%S";
    } else if (two == "%R") {
      out += "%H:%M";
    } else {
      out += two.front() == '%' ? two : two.substr(0, 1);
      if (two.front() != '%') continue;
    }
    ++i;
  }
  return out;
}

}  // namespace

Result<TimePattern> TimePattern::Make(std::string_view pattern) {
  const std::string text = WrittenOut(pattern);
  std::string seen;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    if (++i == text.size() || kDirectives.find(text[i]) == std::string_view::npos) {
      return Status::Reject(fmt::format("time_format '{}': '%{}' is not known", pattern, text.substr(i, 1)));
    }
    seen += text[i];
  }
  const auto has = [&](std::string_view any) { return seen.find_first_of(any) != std::string::npos; };
  if (!has("s") && !(has("Yy") && (has("j") || (has("mbBh") && has("de"))))) {
    return Status::Reject(
        fmt::format("time_format '{}' names no whole date: want unix_s, unix_ms, unix_us, unix_ns "
                    "or a pattern such as %Y-%m-%d %H:%M:%S.%f",
                    pattern));
  }
  return TimePattern(text);
}

bool TimePattern::Read(std::string_view text, Timestamp* out, bool* naive) const {
  Matcher matcher(text);
  Parts parts;
  for (size_t i = 0; i < pattern_.size(); ++i) {
    const char c = pattern_[i];
    if (IsSpace(c)) {
      matcher.SkipSpace();
    } else if (c == '%' ? !matcher.Match(pattern_[++i], &parts) : !matcher.Take(c)) {
      return false;
    }
  }
  return matcher.Done() && Compose(parts, out, naive);
}

}  // namespace sluice
