#include <fmt/format.h>

#include "config/option_values.h"

namespace sluice {
namespace {

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    out += byte < 0x20 || byte == 0x7f ? fmt::format("\\u{:04x}", byte) : std::string(1, c);
  }
  return out + "\"";
}

}  // namespace

std::string ShowValue(bool value) { return value ? "true" : "false"; }
std::string ShowValue(int value) { return fmt::format("{}", value); }
std::string ShowValue(int64_t value) { return fmt::format("{}", value); }
std::string ShowValue(double value) { return fmt::format("{}", value); }
std::string ShowValue(const std::string& value) { return Quoted(value); }
std::string ShowValue(const Secret& value) { return value.empty() ? "\"\"" : "\"***\""; }
std::string ShowValue(Duration value) { return Quoted(FormatDuration(value)); }
std::string ShowValue(ByteSize value) { return Quoted(FormatByteSize(value)); }
std::string ShowValue(Timestamp value) { return Quoted(FormatRfc3339(value)); }

std::string ShowValue(const std::vector<std::string>& value) {
  std::string text;
  for (const std::string& item : value) text += (text.empty() ? "" : ", ") + Quoted(item);
  return "[" + text + "]";
}

std::string ShowValue(const std::map<std::string, std::string>& value) {
  std::string text;
  for (const auto& [key, item] : value)
    text += (text.empty() ? " " : ", ") + Quoted(key) + " = " + Quoted(item);
  return text.empty() ? "{}" : "{" + text + " }";
}

}  // namespace sluice
