#include "codecs/time_zone.h"

#include <algorithm>
#include <chrono>
#include <map>

#include <fmt/format.h>

#include "platform/files.h"
#include "platform/mutex.h"

namespace sluice {
namespace {

constexpr std::string_view kDatabase = "/usr/share/zoneinfo";
constexpr int64_t kDay = 86400;

int64_t BigEndian(std::string_view bytes, size_t at, size_t width) {
  uint64_t value = static_cast<unsigned char>(bytes[at]) >= 0x80 ? ~uint64_t{0} : 0;
  for (size_t i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<int64_t>(value);
}

// The counts of a TZif header and the size of the data block behind it.
struct Header {
  size_t utc_flags, standard_flags, leaps, transitions, types, name_bytes;
  size_t BlockSize(size_t time_width) const {
    return transitions * (time_width + 1) + types * 6 + name_bytes + leaps * (time_width + 4) +
           standard_flags + utc_flags;
  }
};
constexpr size_t kHeaderSize = 44;

bool ReadHeader(std::string_view bytes, size_t at, Header* out) {
  if (bytes.size() < at + kHeaderSize || bytes.substr(at, 4) != "TZif") return false;
  size_t counts[6];
  for (size_t i = 0; i < 6; ++i)
    counts[i] = static_cast<size_t>(BigEndian(bytes, at + 20 + 4 * i, 4)) & 0xffffff;
  *out = {counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
  return out->types > 0;
}

Result<std::shared_ptr<const TimeZone>> LoadNamed(const std::string& name) {
  static Mutex mutex;
  static std::map<std::string, std::shared_ptr<const TimeZone>>& known =
      *new std::map<std::string, std::shared_ptr<const TimeZone>>;
  MutexLock lock(mutex);
  if (const auto found = known.find(name); found != known.end()) return found->second;
  Files& files = SystemFiles();
  if (!files.Exists(std::string(kDatabase))) {
    return Status::Reject(
        fmt::format("no zone database at {} for '{}': install the package tzdata or use an "
                    "offset such as +02:00",
                    kDatabase, name));
  }
  const auto bytes = ReadWholeFile(files, fmt::format("{}/{}", kDatabase, name), 1 << 20);
  const Status unknown = Status::Reject(fmt::format(
      "'{}' is no time zone: want UTC, an offset such as +02:00 or a name such as Europe/Berlin", name));
  if (!bytes.ok()) return unknown;
  auto zone = TimeZone::FromTzif(*bytes);
  if (!zone.ok()) return unknown;
  known[name] = *zone;
  return *zone;
}

bool IsZoneName(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '/';
  };
  return !name.empty() && name.size() < 64 && name.front() != '/' &&
         std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

// Reads the rule at the end of a TZif file, such as "CET-1CEST,M3.5.0,M10.5.0/3".
class PosixRuleParser {
 public:
  explicit PosixRuleParser(std::string_view text) : rest_(text) {}

  bool Parse(TimeZone* zone) {
    int64_t offset = 0;
    if (!Name() || !Time(&offset)) return false;
    zone->standard_ = -offset;
    if (rest_.empty()) return true;
    if (!Name()) return false;
    zone->summer_ = zone->standard_ + 3600;
    if (!rest_.empty() && rest_.front() != ',') {
      if (!Time(&offset)) return false;
      zone->summer_ = -offset;
    }
    zone->has_rule_ = ParseChange(&zone->to_summer_) && ParseChange(&zone->to_standard_) && rest_.empty();
    return zone->has_rule_;
  }

 private:
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool Name() {
    const bool quoted = Take('<');
    size_t n = 0;
    while (n < rest_.size() &&
           (quoted ? rest_[n] != '>'
                   : std::string_view("+-,0123456789").find(rest_[n]) == std::string_view::npos)) {
      ++n;
    }
    rest_.remove_prefix(n);
    return n > 0 && (!quoted || Take('>'));
  }
  bool Number(int64_t* out) {
    size_t n = 0;
    *out = 0;
    while (n < rest_.size() && n < 4 && rest_[n] >= '0' && rest_[n] <= '9')
      *out = *out * 10 + (rest_[n++] - '0');
    rest_.remove_prefix(n);
    return n > 0;
  }
  bool Time(int64_t* seconds) {
    const int64_t sign = Take('-') ? -1 : 1;
    if (sign > 0) Take('+');
    int64_t hours = 0, minutes = 0, rest = 0;
    if (!Number(&hours)) return false;
    if (Take(':') && !Number(&minutes)) return false;
    if (Take(':') && !Number(&rest)) return false;
    *seconds = sign * (hours * 3600 + minutes * 60 + rest);
    return true;
  }
  bool ParseChange(TimeZone::Change* change) {
    if (!Take(',')) return false;
    int64_t a = 0, b = 0, c = 0;
    if (Take('M')) {
      if (!Number(&a) || !Take('.') || !Number(&b) || !Take('.') || !Number(&c)) return false;
      if (a < 1 || a > 12 || b < 1 || b > 5 || c > 6) return false;
      change->kind = 'M';
    } else {
      change->kind = Take('J') ? 'J' : '0';
      if (!Number(&c)) return false;
    }
    change->month = static_cast<int>(a);
    change->week = static_cast<int>(b);
    change->day = static_cast<int>(c);
    return !Take('/') || Time(&change->seconds);
  }

  std::string_view rest_;
};

Result<std::shared_ptr<const TimeZone>> TimeZone::Load(std::string_view name) {
  if (name == "UTC" || name == "Z" || name.empty()) {
    static const std::shared_ptr<const TimeZone>& utc = *new std::shared_ptr<const TimeZone>([] {
      TimeZone zone;
      zone.offsets_ = {0};
      return std::make_shared<TimeZone>(zone);
    }());
    return utc;
  }
  if (name.front() == '+' || name.front() == '-') {
    // RFC 3339 offsets are read by the reader of times.
    bool naive = true;
    const auto time = ParseRfc3339(fmt::format("2000-01-01T00:00:00{}", name), &naive);
    if (!time.ok() || naive) {
      return Status::Reject(fmt::format("'{}' is no offset such as +02:00", name));
    }
    auto zone = std::make_shared<TimeZone>();
    zone->offsets_ = {(int64_t{946684800} * 1'000'000 - ToMicros(*time)) / 1'000'000};
    return std::shared_ptr<const TimeZone>(zone);
  }
  if (!IsZoneName(name)) return Status::Reject(fmt::format("'{}' is no name of a time zone", name));
  return LoadNamed(std::string(name));
}

Result<std::shared_ptr<const TimeZone>> TimeZone::FromTzif(std::string_view bytes) {
  const Status bad = Status::Reject("the file is no TZif of version 2 or later");
  Header old{}, header{};
  if (!ReadHeader(bytes, 0, &old) || bytes[4] < '2') return bad;
  size_t at = kHeaderSize + old.BlockSize(4);
  if (!ReadHeader(bytes, at, &header)) return bad;
  at += kHeaderSize;
  const size_t types_at = at + header.transitions * 9;
  const size_t footer_at = at + header.BlockSize(8);
  if (bytes.size() < footer_at + 2) return bad;
  const auto offset_of = [&](size_t type) {
    return type < header.types ? BigEndian(bytes, types_at + 6 * type, 4) : 0;
  };
  auto zone = std::make_shared<TimeZone>();
  zone->offsets_.push_back(offset_of(0));
  for (size_t i = 0; i < header.transitions; ++i) {
    zone->transitions_.push_back(BigEndian(bytes, at + 8 * i, 8));
    zone->offsets_.push_back(offset_of(static_cast<unsigned char>(bytes[at + 8 * header.transitions + i])));
  }
  std::string_view footer = bytes.substr(footer_at + 1);
  footer = footer.substr(0, footer.find('\n'));
  if (!footer.empty() && !PosixRuleParser(footer).Parse(zone.get())) return bad;
  return std::shared_ptr<const TimeZone>(zone);
}

int64_t TimeZone::OffsetAt(int64_t utc) const {
  const auto after = std::upper_bound(transitions_.begin(), transitions_.end(), utc);
  if (after == transitions_.end() && has_rule_) return RuleOffsetAt(utc);
  return offsets_[static_cast<size_t>(after - transitions_.begin())];
}

int64_t TimeZone::RuleOffsetAt(int64_t utc) const {
  using std::chrono::days;
  using std::chrono::sys_days;
  const std::chrono::year year =
      std::chrono::year_month_day(
          sys_days(days((utc + standard_) / kDay - ((utc + standard_) % kDay < 0 ? 1 : 0))))
          .year();
  const auto day_of = [&](const Change& change) -> int64_t {
    const sys_days january = sys_days(year / 1 / 1);
    if (change.kind == 'M') {
      const std::chrono::weekday weekday(static_cast<unsigned>(change.day));
      const auto month = year / change.month;
      const sys_days date = change.week == 5 ? sys_days(month / weekday[std::chrono::last])
                                             : sys_days(month / weekday[static_cast<unsigned>(change.week)]);
      return date.time_since_epoch().count();
    }
    const bool leap_shift = change.kind == 'J' && year.is_leap() && change.day >= 60;
    const int day = change.kind == 'J' ? change.day - 1 + (leap_shift ? 1 : 0) : change.day;
    return (january + days(day)).time_since_epoch().count();
  };
  const int64_t summer_from = day_of(to_summer_) * kDay + to_summer_.seconds - standard_;
  const int64_t summer_to = day_of(to_standard_) * kDay + to_standard_.seconds - summer_;
  const bool summer = summer_from < summer_to ? utc >= summer_from && utc < summer_to
                                              : !(utc >= summer_to && utc < summer_from);
  return summer ? summer_ : standard_;
}

Timestamp TimeZone::ToUtc(Timestamp local) const {
  if (transitions_.empty() && !has_rule_) return local - std::chrono::seconds(offsets_.front());
  const int64_t seconds = std::chrono::floor<std::chrono::seconds>(local).time_since_epoch().count();
  const int64_t before = OffsetAt(seconds - kDay);
  const int64_t after = OffsetAt(seconds + kDay);
  int64_t offset = before;
  if (before != after && OffsetAt(seconds - before) != before && OffsetAt(seconds - after) == after)
    offset = after;
  return local - std::chrono::seconds(offset);
}

}  // namespace sluice
