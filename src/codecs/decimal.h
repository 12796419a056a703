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

enum class Scaled {
  exact,
  floored,   // there was a rest; `out` is the next lower whole number
  overflow,  // beyond 64 bits
};

// value × 10^scale as a whole number.
Scaled ScaleDecimal(const Decimal& decimal, int scale, int64_t* out);

// The nearest double; infinite when the value is too large for one.
double ToDouble(const Decimal& decimal);

}  // namespace sluice
