#include "codecs/time_reader.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <utility>

#include "codecs/text.h"

namespace sluice {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 4> kUnits = {
    {{"unix_s", 6}, {"unix_ms", 3}, {"unix_us", 0}, {"unix_ns", -3}}};

bool Digits(const char* p, int n, int* out) {
  int value = 0;
  for (int i = 0; i < n; ++i) {
    const unsigned digit = static_cast<unsigned char>(p[i] - '0');
    if (digit > 9) return false;
    value = value * 10 + static_cast<int>(digit);
  }
  *out = value;
  return true;
}

// `2025-10-15T12:00:00[.f…]Z`, which is what nearly every sender writes; false for anything else, good or bad.
bool ReadUsualTime(std::string_view text, Timestamp* out) {
  const char* p = text.data();
  if (text.size() < 20 || text.size() > 30 || text.back() != 'Z' || p[4] != '-' || p[7] != '-' ||
      (p[10] != 'T' && p[10] != ' ') || p[13] != ':' || p[16] != ':') {
    return false;
  }
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!Digits(p, 4, &year) || !Digits(p + 5, 2, &month) || !Digits(p + 8, 2, &day) || !Digits(p + 11, 2, &hour) ||
      !Digits(p + 14, 2, &minute) || !Digits(p + 17, 2, &second)) {
    return false;
  }
  int64_t micros = 0;
  if (text.size() > 20) {
    if (p[19] != '.' || text.size() == 21) return false;
    int64_t unit = 100'000;
    for (size_t i = 20; i + 1 < text.size(); ++i, unit /= 10) {
      const unsigned digit = static_cast<unsigned char>(p[i] - '0');
      if (digit > 9) return false;
      micros += static_cast<int64_t>(digit) * unit;
    }
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < 1 || !date.ok() || hour > 23 || minute > 59 || second > 59) return false;
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
    *why = pattern_ ? fmt::format("{} is a number, but time_format is '{}'", Excerpt(number.text), pattern_text_)
                    : fmt::format("{} is a number without a unit: set time_format to unix_s, unix_ms, unix_us or "
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
