// What statements say of a stream, alike for DuckDB and PostgreSQL, whether its dead entries lie among its
// rows or in a stream of their own (log/dead_stream.h). Pure functions.
#pragma once

#include <string>

namespace sluice {

// The table of its rows, to select from; a relation without rows for a dead stream.
std::string RowsOfStream(const std::string& stream);
// A condition on the column `stream` of dead letters: those of the stream, wherever they lie.
std::string LettersOfStream(const std::string& stream);
// The job that stores it.
std::string StoreJobOf(const std::string& stream);

}  // namespace sluice
