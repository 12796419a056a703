// Cursor text: the opaque `before` of lists of readings and `after` of summaries. base64url of 20 bytes: time
// in microseconds (8), partition (4), position (8), big-endian. Pure functions over untrusted text.
#pragma once

#include <string>
#include <string_view>

#include "sinks/store/queries.h"

namespace sluice::api {

std::string FormatCursor(const Cursor& cursor);
// Rejects what FormatCursor cannot have written.
Result<Cursor> ParseCursor(std::string_view text);

}  // namespace sluice::api
