#include "sinks/store/postgres/failure.h"

#include <algorithm>
#include <charconv>

namespace sluice::pg {
namespace {

// What a state is in words, where PostgreSQL's own do not say it.
const char* Advice(const std::string& state) {
  if (state == kMissingRight) return ": the role lacks a right; `sluice docs grants` prints what it needs";
  if (state == "25006") return ": is this a standby, or is the database read-only?";
  if (state == "53100") return ": the disk of the database is full";
  if (state == kLockTimeout) return ": somebody holds a lock on it";
  return "";
}

}  // namespace

Status StatusOf(const Failure& failure) {
  const std::string& state = failure.sqlstate;
  if (state == kLostFence) return Status::Lost(failure.message);
  const bool value = state.starts_with("22") || state.starts_with("23") || state == "54000";
  if (value && !IsMissingDay(failure) && !IsSchemaFault(failure)) return Status::Reject(failure.message);
  return Status::Retry(failure.message + Advice(state));
}

std::optional<int64_t> RowOf(const Failure& failure) {
  // What else stands in the context quotes the value, and may look alike: the last lines are COPY's own.
  const size_t copy = failure.context.rfind("\nCOPY ");
  const std::string_view own =
      std::string_view(failure.context).substr(copy == std::string::npos ? 0 : copy + 1);
  constexpr std::string_view kMark = ", line ";
  if (!own.starts_with("COPY ")) return std::nullopt;
  const size_t at = own.find(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  const char* begin = own.data() + at + kMark.size();
  int64_t line = 0;
  const auto parsed = std::from_chars(begin, own.data() + own.size(), line);
  if (parsed.ec != std::errc() || line < 1) return std::nullopt;
  return line - 1;
}

bool IsSchemaFault(const Failure& failure) {
  const std::string& state = failure.sqlstate;
  return state == kAlteredTable || state == "42P01" || state == "42703" || state == "42883" ||
         state == "3F000" || state == "42804" || state == "22P03" || state == "22P04" || state == "42P10" ||
         state == "42809";
}

bool IsForeignColumn(const Failure& failure, const std::vector<std::string>& names) {
  return failure.sqlstate == "23502" && std::find(names.begin(), names.end(), failure.column) == names.end();
}

bool IsMissingDay(const Failure& failure) {
  return failure.sqlstate == "23514" && failure.message.starts_with("no partition of relation");
}

}  // namespace sluice::pg
