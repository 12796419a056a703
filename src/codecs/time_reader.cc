#include "codecs/time_reader.h"

#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "codecs/text.h"

namespace sluice {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 4> kUnits = {
    {{"unix_s", 6}, {"unix_ms", 3}, {"unix_us", 0}, {"unix_ns", -3}}};

// Digits as a number; `*bad` gathers bits above the ninth when one of them is none.
unsigned Digit(const char* p, unsigned* bad) {
  const auto digit = static_cast<unsigned>(static_cast<unsigned char>(*p)) - '0';
  *bad |= digit > 9 ? 1 : 0;
  return digit;
}
unsigned TwoDigits(const char* p, unsigned* bad) { return Digit(p, bad) * 10 + Digit(p + 1, bad); }

// `.f…` up to its end as microseconds, floored.
int64_t Fraction(std::string_view text, unsigned* bad) {
  int64_t micros = 0;
  int64_t unit = 100'000;
  for (const char& c : text.substr(1)) {
    micros += Digit(&c, bad) * unit;
    unit /= 10;
  }
  *bad |= text.front() != '.' || text.size() == 1 ? 1 : 0;
  return micros;
}

// `2025-10-15T12:00:00[.f…]Z`, which is what nearly every sender writes; false for anything else, good or
// bad.
bool ReadUsualTime(std::string_view text, Timestamp* out) {
  const char* p = text.data();
  if (text.size() < 20 || text.size() > 30 || text.back() != 'Z' || p[4] != '-' || p[7] != '-' ||
      (p[10] != 'T' && p[10] != ' ') || p[13] != ':' || p[16] != ':') {
    return false;
  }
  unsigned bad = 0;
  const unsigned year = TwoDigits(p, &bad) * 100 + TwoDigits(p + 2, &bad);
  const unsigned month = TwoDigits(p + 5, &bad);
  const unsigned day = TwoDigits(p + 8, &bad);
  const unsigned hour = TwoDigits(p + 11, &bad);
  const unsigned minute = TwoDigits(p + 14, &bad);
  const unsigned second = TwoDigits(p + 17, &bad);
  const int64_t micros = text.size() > 20 ? Fraction(text.substr(19, text.size() - 20), &bad) : 0;
  if (bad != 0 || year < 1 || hour > 23 || minute > 59 || second > 59) return false;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return false;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  *out = FromMicros((((days * 24 + hour) * 60 + minute) * 60 + second) * 1'000'000 + micros);
  return true;
}

bool InYears(Timestamp time) { return time >= kMinTime && time <= kMaxTime; }

}  // namespace

Result<TimeReader> TimeReader::Make(std::string_view format, std::string_view zone) {
  TimeReader reader;
  for (const auto& [name, scale] : kUnits) {
    if (format != name) continue;
    reader.unix_scale_ = scale;
    reader.unix_name_ = name;
  }
  if (!format.empty() && !reader.unix_scale_) {
    SLUICE_ASSIGN(auto pattern, TimePattern::Make(format));
    reader.pattern_ = std::move(pattern);
    reader.pattern_text_ = format;
  }
  auto loaded = TimeZone::Load(zone);
  if (!loaded.ok()) return loaded.status().In("time_zone");
  reader.zone_ = *std::move(loaded);
  reader.utc_ = zone.empty() || zone == "UTC" || zone == "Z";
  return reader;
}

bool TimeReader::FromText(std::string_view text, Timestamp* out, std::string* why) const {
  if (unix_scale_) {
    *why = fmt::format("'{}' is not a number (time_format is {})", Excerpt(text), unix_name_);
    return false;
  }
  if (!pattern_) return ReadUsualTime(text, out) || FromRfc3339(text, out, why);
  bool naive = false;
  if (!pattern_->Read(text, out, &naive)) {
    *why = fmt::format("'{}' does not match the time_format '{}'", Excerpt(text), pattern_text_);
    return false;
  }
  if (naive) *out = FromNaive(*out);
  if (InYears(*out)) return true;
  *why = fmt::format("time '{}' lies outside the years 1 to 9999", Excerpt(text));
  return false;
}

bool TimeReader::FromRfc3339(std::string_view text, Timestamp* out, std::string* why) const {
  bool naive = false;
  const auto time = ParseRfc3339(text, &naive);
  if (!time.ok()) {
    *why = time.status().message();
    return false;
  }
  *out = naive && !utc_ ? FromNaive(*time) : *time;
  if (InYears(*out)) return true;
  *why = fmt::format("time '{}' lies outside the years 1 to 9999", Excerpt(text));
  return false;
}

bool TimeReader::FromNumber(const Decimal& number, Timestamp* out, std::string* why) const {
  if (!unix_scale_) {
    *why = pattern_
               ? fmt::format("{} is a number, but time_format is '{}'", Excerpt(number.text), pattern_text_)
               : fmt::format(
                     "{} is a number without a unit: set time_format to unix_s, unix_ms, unix_us or "
                     "unix_ns",
                     Excerpt(number.text));
    return false;
  }
  int64_t micros = 0;
  if (ScaleDecimal(number, *unix_scale_, &micros) != Scaled::overflow) {
    *out = FromMicros(micros);
    if (InYears(*out)) return true;
  }
  *why = fmt::format("time {} ({}) lies outside the years 1 to 9999", Excerpt(number.text), unix_name_);
  return false;
}

}  // namespace sluice
