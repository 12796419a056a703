#include "codecs/time_reader.h"

#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "codecs/eight_bytes.h"
#include "codecs/text.h"
#include "core/ascii.h"

namespace sluice {
namespace {

constexpr size_t kScannedTime = 32;  // bytes that are looked at, at most

constexpr std::array<std::pair<std::string_view, int>, 4> kUnits = {
    {{"unix_s", 6}, {"unix_ms", 3}, {"unix_us", 0}, {"unix_ns", -3}}};

// Where digits stand in eight bytes of a time ("0") and what else does.
struct Shape {
  constexpr explicit Shape(const char (&text)[9]) {
    for (int i = 0; i < 8; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      bytes |= uint64_t{byte} << 8 * i;
      beyond |= uint64_t{byte == '0' ? 0x80 - 10u : 0x80 - 1u} << 8 * i;
    }
  }
  uint64_t bytes = 0;
  uint64_t beyond =
      0;  // added to a digit's value, sets its high bit when it is none; of the others when they differ
};

// Eight bytes of a time: each digit's value and, of each two, their number in the place of the first.
class Digits {
 public:
  Digits(const char* p, const Shape& shape)
      : values_(EightBytes(p) ^ shape.bytes), bad_((values_ + shape.beyond) | values_) {}
  bool Fit() const { return (bad_ & kHighBits) == 0; }
  unsigned PairAt(int i) const { return (values_ * 10 + (values_ >> 8)) >> 8 * i & 0xff; }

 private:
  uint64_t values_;
  uint64_t bad_;
};

// `.f…` in microseconds, floored; the place behind it. Nine digits are read at most.
const char* ScanFraction(const char* p, int64_t* micros) {
  int64_t unit = 100'000;
  for (int i = 0; i < 9 && IsDigit(*p); ++i, ++p) {
    *micros += (*p - '0') * unit;
    unit /= 10;
  }
  return p;
}

size_t ScanUsualTime(const char* text, Timestamp* out) {
  static constexpr Shape kDate("0000-00-"), kClock("00T00:00"), kClockBehindBlank("00 00:00");
  const Digits date(text, kDate);
  const Digits clock(text + 8, text[10] == ' ' ? kClockBehindBlank : kClock);
  const char* p = text + 19;
  if (!date.Fit() || !clock.Fit() || text[16] != ':' || !IsDigit(text[17]) || !IsDigit(text[18])) return 0;
  int64_t micros = 0;
  if (*p == '.') {
    p = ScanFraction(p + 1, &micros);
    if (p == text + 20) return 0;
  }
  if (*p != 'Z') return 0;
  const auto second = static_cast<unsigned>((text[17] - '0') * 10 + (text[18] - '0'));
  const unsigned year = date.PairAt(0) * 100 + date.PairAt(2);
  const unsigned hour = clock.PairAt(3);
  const unsigned minute = clock.PairAt(6);
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return 0;
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(year)),
                                        std::chrono::month(date.PairAt(5)),
                                        std::chrono::day(clock.PairAt(0))};
  if (!day.ok()) return 0;
  const int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  *out = FromMicros((((days * 24 + hour) * 60 + minute) * 60 + second) * 1'000'000 + micros);
  return static_cast<size_t>(p + 1 - text);
}

// The same of a text that it must be the whole of.
bool ReadUsualTime(std::string_view text, Timestamp* out) {
  char copy[kScannedTime] = {};
  if (text.empty() || text.size() >= sizeof copy) return false;
  std::memcpy(copy, text.data(), text.size());
  return ScanUsualTime(copy, out) == text.size();
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

size_t TimeReader::Scan(const char* text, Timestamp* out) const {
  return unix_scale_ || pattern_ ? 0 : ScanUsualTime(text, out);
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
