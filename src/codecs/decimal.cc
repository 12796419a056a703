#include "codecs/decimal.h"

#include <array>
#include <charconv>
#include <cstring>
#include <limits>

#include "core/ascii.h"

namespace sluice {
namespace {

constexpr uint64_t kMantissaLimit = 1'000'000'000'000'000'000;  // below it one more digit still fits
constexpr int64_t kExponentLimit = 1'000'000'000;

constexpr std::array<uint64_t, 20> kPowers = [] {
  std::array<uint64_t, 20> powers{};
  uint64_t power = 1;
  for (uint64_t& p : powers) {
    p = power;
    power *= 10;
  }
  return powers;
}();

void TakeDigit(Decimal& decimal, char c, bool after_point) {
  if (decimal.mantissa < kMantissaLimit) {
    decimal.mantissa = decimal.mantissa * 10 + static_cast<uint64_t>(c - '0');
    if (after_point) --decimal.exponent;
  } else {
    decimal.rounded |= c != '0';
    if (!after_point) ++decimal.exponent;
  }
}

// The digits after `e`; false when there are none or something follows them.
bool ParseExponent(const char* p, const char* end, int64_t* exponent) {
  const bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) ++p;
  if (p == end) return false;
  int64_t value = 0;
  for (; p < end; ++p) {
    if (!IsDigit(*p)) return false;
    if (value < kExponentLimit) value = value * 10 + (*p - '0');
  }
  *exponent += negative ? -value : value;
  return true;
}

// What is behind the whole part; `p` is there.
bool ParseRest(const char* p, const char* end, Decimal* out) {
  if (p < end && *p == '.') {
    const char* const point = ++p;
    for (; p < end && IsDigit(*p); ++p) TakeDigit(*out, *p, true);
    if (p == point) return false;
  }
  if (p == end) return true;
  return (*p == 'e' || *p == 'E') && ParseExponent(p + 1, end, &out->exponent);
}

bool IsUsualDecimal(std::string_view text, Decimal* out) {
  char copy[24] = {};  // ends with what is no digit
  if (text.empty() || text.size() >= sizeof copy) return false;
  std::memcpy(copy, text.data(), text.size());
  const size_t length = ScanDecimal(copy, out);
  out->text = text;
  return length == text.size();
}

}  // namespace

bool ParseDecimal(std::string_view text, Decimal* out) {
  if (IsUsualDecimal(text, out)) return true;
  const char* p = text.data();
  const char* const end = p + text.size();
  *out = {.text = text, .negative = p < end && *p == '-'};
  if (out->negative) ++p;
  const char* const first = p;
  for (; p < end && IsDigit(*p); ++p) TakeDigit(*out, *p, false);
  if (p == first || (*first == '0' && p - first > 1)) return false;
  return ParseRest(p, end, out);
}

Scaled ScaleDecimal(const Decimal& decimal, int scale, int64_t* out) {
  const int64_t shift = decimal.exponent + scale;
  *out = 0;
  if (decimal.mantissa == 0) return Scaled::exact;  // then nothing was left out either
  unsigned __int128 magnitude = decimal.mantissa;
  bool rest = decimal.rounded;
  if (shift > 18) return Scaled::overflow;
  if (shift >= 0) {
    magnitude *= kPowers[static_cast<size_t>(shift)];
  } else if (shift < -19) {
    magnitude = 0;
    rest = true;
  } else {
    const uint64_t power = kPowers[static_cast<size_t>(-shift)];
    rest |= magnitude % power != 0;
    magnitude /= power;
  }
  if (decimal.negative && rest) ++magnitude;
  const unsigned __int128 limit = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (magnitude > limit + (decimal.negative ? 1 : 0)) return Scaled::overflow;
  const auto low = static_cast<uint64_t>(magnitude);
  *out = static_cast<int64_t>(decimal.negative ? uint64_t{0} - low : low);
  return rest ? Scaled::floored : Scaled::exact;
}

double ToDouble(const Decimal& decimal) {
  if (IsExact(decimal)) return ExactDouble(decimal);
  double value = 0;
  const char* const begin = decimal.text.data();
  const auto [end, error] = std::from_chars(begin, begin + decimal.text.size(), value);
  if (error == std::errc()) return value;
  const double magnitude = decimal.exponent > -200 ? std::numeric_limits<double>::infinity() : 0.0;
  return decimal.negative ? -magnitude : magnitude;
}

}  // namespace sluice
