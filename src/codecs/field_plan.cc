#include "codecs/field_plan.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "codecs/text.h"
#include "core/ascii.h"

namespace sluice {
namespace {

// Whether `text` is `lower` without regard to case.
bool IsWord(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]) != lower[i]) return false;
  }
  return true;
}

// The words for what is no finite number; NaN for none of them is told apart by `*found`.
double NonFiniteWord(std::string_view text, bool* found) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  const bool infinite = IsWord(text, "inf") || IsWord(text, "infinity");
  *found = infinite || IsWord(text, "nan");
  const double value =
      infinite ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  return negative ? -value : value;
}

}  // namespace

Result<std::unique_ptr<FieldPlan>> FieldPlan::Make(const StreamSpec& stream, const DecodeSpec& spec) {
  SLUICE_ASSIGN(auto times, TimeReader::Make(spec.time_format, spec.time_zone));
  std::unique_ptr<FieldPlan> plan(new FieldPlan(stream, std::move(times)));
  SLUICE_TRY(plan->Resolve(spec));
  return plan;
}

Status FieldPlan::Resolve(const DecodeSpec& spec) {
  for (const Field& field : stream_.fields) {
    paths_.push_back(field.name);
    mapped_.push_back(false);
  }
  const auto unknown = [&](std::string_view option, std::string_view name) {
    return Status::Reject(fmt::format("{}: stream '{}' has no field '{}'", option, stream_.name, name));
  };
  for (const auto& [name, path] : spec.map) {
    const int field = stream_.FieldIndex(name);
    if (field < 0) return unknown("map", name);
    if (path.empty() || path.front() == '.' || path.back() == '.' || path.find("..") != std::string::npos) {
      return Status::Reject(fmt::format("map.{}: '{}' is no path such as temp or values.temp", name, path));
    }
    paths_[static_cast<size_t>(field)] = path;
    mapped_[static_cast<size_t>(field)] = true;
  }
  BatchBuilder trial(stream_, 1);
  for (const auto& [name, value] : spec.set) {
    const int field = stream_.FieldIndex(name);
    if (field < 0) return unknown("set", name);
    if (spec.map.contains(name))
      return Status::Reject(fmt::format("field '{}' is both in map and in set", name));
    paths_[static_cast<size_t>(field)].clear();
    constants_.push_back({field, value});
    if (const char* reason = SetCell(field, value, trial))
      return Status::Reject(fmt::format("set: {}", reason));
  }
  return {};
}

const char* FieldPlan::Say(int field, std::string_view what) {
  reason_ = fmt::format("field '{}': {}", stream_.fields[static_cast<size_t>(field)].name, what);
  return reason_.c_str();
}

const char* FieldPlan::SetUnusual(int field, const Decimal& value, BatchBuilder& out) {
  switch (TypeOf(field)) {
    case FieldType::number: {
      const double number = ToDouble(value);
      const char* reason = out.SetDouble(field, number);
      if (reason == nullptr || std::isfinite(number)) return reason;
      return Say(field, fmt::format("{} is too large for a double", Excerpt(value.text)));
    }
    case FieldType::integer: {
      int64_t whole = 0;
      const Scaled scaled = ScaleDecimal(value, 0, &whole);
      if (scaled == Scaled::exact) return out.SetInt(field, whole);
      const char* const why = scaled == Scaled::floored ? "not a whole number" : "beyond 64 bits";
      return Say(field, fmt::format("{} is {}", Excerpt(value.text), why));
    }
    case FieldType::timestamp: {
      Timestamp time;
      std::string why;
      return times_.FromNumber(value, &time, &why) ? out.SetTime(field, time) : Say(field, why);
    }
    case FieldType::json:
      return out.SetText(field, value.text);
    case FieldType::boolean:
      return Say(field, fmt::format("{} is not true or false", Excerpt(value.text)));
    case FieldType::text:
      return Say(field, fmt::format("{} is a number, not a string", Excerpt(value.text)));
  }
  return nullptr;
}

const char* FieldPlan::SetText(int field, std::string_view value, BatchBuilder& out) {
  switch (TypeOf(field)) {
    case FieldType::text:
      return out.SetText(field, value);
    case FieldType::timestamp: {
      Timestamp time;
      std::string why;
      return times_.FromText(value, &time, &why) ? out.SetTime(field, time) : Say(field, why);
    }
    case FieldType::boolean:
      return Say(field, fmt::format("'{}' is not true or false", Excerpt(value)));
    default:
      return Say(field, fmt::format("'{}' is not a number", Excerpt(value)));
  }
}

const char* FieldPlan::SetCell(int field, std::string_view cell, BatchBuilder& out) {
  switch (TypeOf(field)) {
    case FieldType::text:
      return out.SetText(field, cell);
    case FieldType::boolean: {
      const std::string_view word = Trim(cell);
      if (IsWord(word, "true") || IsWord(word, "false")) return out.SetBool(field, word.size() == 4);
      return Say(field, fmt::format("'{}' is not true or false", Excerpt(cell)));
    }
    case FieldType::json:
      if (const char* fault = checker_.Check(cell))
        return Say(field, fmt::format("'{}' {}", Excerpt(cell), fault));
      return out.SetText(field, Trim(cell));
    case FieldType::timestamp:
      return SetTimeCell(field, Trim(cell), out);
    default:
      return SetNumberCell(field, Trim(cell), out);
  }
}

const char* FieldPlan::SetNumberCell(int field, std::string_view cell, BatchBuilder& out) {
  Decimal value;
  const bool plus = cell.size() > 1 && cell.front() == '+' && cell[1] != '-';
  if (ParseDecimal(cell.substr(plus ? 1 : 0), &value)) return SetNumber(field, value, out);
  bool found = false;
  const double number = NonFiniteWord(cell, &found);
  if (found && TypeOf(field) == FieldType::number) {
    const char* reason = out.SetDouble(field, number);
    return reason == nullptr ? nullptr : Say(field, fmt::format("{} is not finite", Excerpt(cell)));
  }
  return Say(field, fmt::format("'{}' is not a number", Excerpt(cell)));
}

const char* FieldPlan::SetTimeCell(int field, std::string_view cell, BatchBuilder& out) {
  Timestamp time;
  std::string why;
  Decimal value;
  const bool read = times_.WantsNumbers() && ParseDecimal(cell, &value)
                        ? times_.FromNumber(value, &time, &why)
                        : times_.FromText(cell, &time, &why);
  return read ? out.SetTime(field, time) : Say(field, why);
}

const char* FieldPlan::SetConstants(BatchBuilder& out) {
  for (const Constant& constant : constants_) {
    if (const char* reason = SetCell(constant.field, constant.value, out)) return reason;
  }
  return nullptr;
}

}  // namespace sluice
