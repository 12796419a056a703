#include "sinks/store/postgres/days.h"

#include <charconv>

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/sql_text.h"

namespace sluice::pg {
namespace {

constexpr int64_t kDay = 86'400'000'000;
constexpr size_t kLongestName = 63;

std::chrono::year_month_day CivilOf(Day day) {
  return std::chrono::year_month_day(std::chrono::sys_days(std::chrono::days(day)));
}

Status MakeDay(Connection& connection, const std::string& stream, Day day) {
  const std::string table = QuoteName(DayTable(stream, day));
  SLUICE_TRY(connection.Run(BeginAlone()));
  Rollback rollback(connection);
  // Made beside the table and then attached: that locks out neither readers nor writers.
  SLUICE_TRY(connection.Run(fmt::format(
      "DO $sluice$ BEGIN IF to_regclass({0}) IS NULL THEN CREATE TABLE {1} (LIKE {2} INCLUDING DEFAULTS "
      "INCLUDING "
      "CONSTRAINTS); ALTER TABLE {2} ATTACH PARTITION {1} FOR VALUES FROM ({3}) TO ({4}); END IF; END "
      "$sluice$; COMMIT",
      QuoteText(table), table, QuoteName(stream), QuoteTime(StartOf(day)), QuoteTime(StartOf(day + 1)))));
  rollback.Over();
  return {};
}

}  // namespace

Day DayOf(Timestamp time) {
  const int64_t micros = ToMicros(time);
  return static_cast<Day>(micros / kDay - (micros % kDay < 0 ? 1 : 0));
}

Timestamp StartOf(Day day) { return FromMicros(int64_t{day} * kDay); }

std::string DayTable(const std::string& stream, Day day) {
  const auto civil = CivilOf(day);
  const std::string name = fmt::format("sluice_{}_{:04}{:02}{:02}", stream, int(civil.year()),
                                       unsigned(civil.month()), unsigned(civil.day()));
  return name.size() <= kLongestName ? name : fmt::format("sluice_{}_{}", stream, day);
}

std::optional<Day> DayOfTable(const std::string& stream, const std::string& table) {
  const std::string prefix = fmt::format("sluice_{}_", stream);
  if (!table.starts_with(prefix)) return std::nullopt;
  const std::string_view digits = std::string_view(table).substr(prefix.size());
  int64_t number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  using namespace std::chrono;
  const year_month_day civil(year(int(number / 10000)), month(unsigned(number / 100 % 100)),
                             day(unsigned(number % 100)));
  if (digits.size() == 8 && civil.ok()) return static_cast<Day>(sys_days(civil).time_since_epoch().count());
  return static_cast<Day>(number);
}

std::set<Day> DaysOf(const arrow::TimestampArray& arrivals) {
  std::set<Day> days;
  Timestamp from = kMaxTime;
  Timestamp to = kMinTime;
  for (int64_t row = 0; row < arrivals.length(); ++row) {
    const Timestamp time = FromMicros(arrivals.Value(row));
    if (time >= from && time < to) continue;
    const Day day = DayOf(time);
    days.insert(day);
    from = StartOf(day);
    to = StartOf(day + 1);
  }
  return days;
}

std::string BeginAlone() {
  return "BEGIN; SET LOCAL lock_timeout = '20s'; "
         "SELECT pg_advisory_xact_lock(hashtext('sluice'), hashtext(current_schema()))";
}

Status DayCache::Ensure(Connection& connection, const std::string& stream, const std::set<Day>& days) {
  for (const Day day : days) {
    {
      const MutexLock lock(mutex_);
      if (known_.count({stream, day}) != 0) continue;
    }
    SLUICE_TRY(MakeDay(connection, stream, day));
    const MutexLock lock(mutex_);
    known_.insert({stream, day});
  }
  return {};
}

void DayCache::Forget(const std::string& stream) {
  const MutexLock lock(mutex_);
  std::erase_if(known_, [&](const auto& known) { return known.first == stream; });
}

}  // namespace sluice::pg
