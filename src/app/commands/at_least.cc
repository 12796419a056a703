#include "app/commands/at_least.h"

#include <charconv>

#include <fmt/format.h>

namespace sluice {

CLI::Validator AtLeast(int64_t least) {
  const auto check = [least](const std::string& text) -> std::string {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool number = error == std::errc() && end == text.data() + text.size();
    if (number && value >= static_cast<double>(least)) return {};
    return fmt::format("must be {}at least {}, not {}", number ? "" : "a number of ", least, text);
  };
  return {check, fmt::format(">= {}", least)};
}

}  // namespace sluice
