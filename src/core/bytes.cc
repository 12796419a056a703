#include "core/bytes.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace sluice {
namespace {

struct ByteUnit {
  std::string_view name;
  int64_t bytes;
};
constexpr std::array kByteUnits = {ByteUnit{"", 1},
                                   ByteUnit{"B", 1},
                                   ByteUnit{"KiB", int64_t{1} << 10},
                                   ByteUnit{"MiB", int64_t{1} << 20},
                                   ByteUnit{"GiB", int64_t{1} << 30},
                                   ByteUnit{"TiB", int64_t{1} << 40}};

}  // namespace

Result<ByteSize> ParseByteSize(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  if (error == std::errc() && value >= 0 && std::isfinite(value)) {
    for (const ByteUnit& known : kByteUnits) {
      if (known.name != unit) continue;
      const double bytes = value * static_cast<double>(known.bytes);
      if (bytes > 9e18) break;
      return ByteSize{std::llround(bytes)};
    }
  }
  return Status::Reject(fmt::format("'{}' is not a size such as 64KiB, 8MiB or 1GiB", text));
}

std::string FormatByteSize(ByteSize size) {
  for (auto unit = kByteUnits.rbegin(); unit != kByteUnits.rend(); ++unit) {
    if (unit->bytes > 1 && size.bytes >= unit->bytes && size.bytes % unit->bytes == 0) {
      return fmt::format("{}{}", size.bytes / unit->bytes, unit->name);
    }
  }
  return fmt::format("{}B", size.bytes);
}

}  // namespace sluice
