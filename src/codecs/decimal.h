// Decimal: a number as it stands in the input, kept exactly until the type of its field is known. From it
// come whole numbers and times without a detour through a double, and doubles correctly rounded. Used by
// every text codec. Values; pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

// (negative ? -1 : 1) × mantissa × 10^exponent, and something less than one unit of mantissa more when
// `rounded`.
struct Decimal {
  std::string_view text;
  uint64_t mantissa = 0;  // the first 19 significant digits
  int64_t exponent = 0;
  bool negative = false;
  bool rounded = false;  // digits other than 0 were left out of the mantissa
};

// Reads the whole of `text` by the grammar of JSON numbers; false when it is no such number.
bool ParseDecimal(std::string_view text, Decimal* out);
// Reads a number from the front of a text in which something else than digits and points follows: 18
// characters at most and without an exponent, which nearly every number of a sensor is. How many characters
// it has; 0 when something else stands there.
inline size_t ScanDecimal(const char* text, Decimal* out) {
  const bool negative = *text == '-';
  const char* const first = text + (negative ? 1 : 0);
  const char* p = first;
  uint64_t mantissa = 0;
  const auto take_digits = [&p, &mantissa] {
    for (unsigned digit; (digit = static_cast<unsigned char>(*p) - unsigned{'0'}) < 10; ++p)
      mantissa = mantissa * 10 + digit;
  };
  take_digits();
  if (p == first || (*first == '0' && p - first > 1)) return 0;
  int64_t exponent = 0;
  if (*p == '.') {
    const char* const point = ++p;
    take_digits();
    if (p == point) return 0;
    exponent = point - p;
  }
  const auto length = static_cast<size_t>(p - text);
  *out = {{text, length}, mantissa, exponent, negative, false};
  return length <= 18 ? length : 0;  // else the mantissa may have overflowed
}

enum class Scaled {
  exact,
  floored,   // there was a rest; `out` is the next lower whole number
  overflow,  // beyond 64 bits
};

// value × 10^scale as a whole number.
Scaled ScaleDecimal(const Decimal& decimal, int scale, int64_t* out);

// Whether both mantissa and power of ten are doubles, so that one operation on them rounds once (Clinger's
// fast path).
inline bool IsExact(const Decimal& decimal) {
  return !decimal.rounded && decimal.mantissa <= (uint64_t{1} << 53) && decimal.exponent >= -22 &&
         decimal.exponent <= 22;
}
// The nearest double of an exact one.
inline double ExactDouble(const Decimal& decimal) {
  constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const auto mantissa = static_cast<double>(static_cast<int64_t>(decimal.mantissa));
  const double value =
      decimal.exponent < 0 ? mantissa / kPowers[-decimal.exponent] : mantissa * kPowers[decimal.exponent];
  return decimal.negative ? -value : value;
}
// The nearest double; infinite when the value is too large for one.
double ToDouble(const Decimal& decimal);

}  // namespace sluice
