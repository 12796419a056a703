#include "sinks/store/stream_sql.h"

#include <fmt/format.h>

#include "log/dead_stream.h"
#include "sinks/store/sql_text.h"

namespace sluice {

std::string RowsOfStream(const std::string& stream) {
  if (!IsDeadStream(stream)) return QuoteName(stream);
  return "(SELECT 0::BIGINT AS _position, 0::INTEGER AS _partition WHERE false) AS no_rows";
}

std::string LettersOfStream(const std::string& stream) {
  return fmt::format("stream IN ({}, {})", QuoteText(stream), QuoteText(DeadStreamOf(stream)));
}

std::string StoreJobOf(const std::string& stream) { return "store." + DeclaredStreamOf(stream); }

}  // namespace sluice
