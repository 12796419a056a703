// SQL text of names and literals, alike for DuckDB and PostgreSQL. Every name from the pipeline file and
// every text from a reading goes through here before it becomes part of a statement. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "core/time.h"

namespace sluice {

// "name", with quotes inside doubled: reserved and weird names work.
std::string QuoteName(std::string_view name);
// 'text', with quotes inside doubled.
std::string QuoteText(std::string_view text);
// An instant as a literal with time zone.
std::string QuoteTime(Timestamp time);

}  // namespace sluice
