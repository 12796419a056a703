// Conversion: how the values of a column become those of another type on PostgreSQL, for the statement that a
// refused change of type tells a person to run. Whole numbers are taken as microseconds since 1970 where
// times meet them, other numbers as seconds. Pure function.
#pragma once

#include <string>

namespace sluice::pg {

// The expression; "" where the types have nothing to do with each other. Types as PostgreSQL writes them.
std::string Converted(const std::string& column, const std::string& from, const std::string& to);

}  // namespace sluice::pg
