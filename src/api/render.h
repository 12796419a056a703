// Render: an Arrow table as the body of an answer, in the format that the client's Accept header asks for.
// JSON is an array of objects, NDJSON one object a line, CSV RFC 4180 with a header line, Arrow an IPC
// stream. CSV carries the data as it is: a null is an empty cell, an empty text is "", and a text that a
// spreadsheet would take for a formula ("=1+1") is not altered, because programs read these files and a
// changed value would be a wrong one; open CSV of senders that you do not trust as text. Pure functions;
// thread-safe. Failures: reject for an answer that would
// become too long, fatal when memory is short.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "core/schema.h"
#include "core/status.h"
#include "http/message.h"

namespace sluice::api {

enum class Format { json, ndjson, csv, arrow };
inline constexpr Format kAllFormats[] = {Format::json, Format::ndjson, Format::csv, Format::arrow};

std::string_view MediaType(Format format);
// The best of what `accept` takes, JSON when it does not care; nothing when it takes none of ours.
std::optional<Format> Negotiate(std::string_view accept);
// 406 that lists the formats.
http::Response NotAcceptable();

// How many bytes of text are written, at most, for a byte of Arrow that the store may answer.
inline constexpr int64_t kRenderedPerByte = 4;
inline constexpr int64_t kMostRendered = kRenderedPerByte * (64 << 20);
// Rejects a text that has become longer: names and escapes can make it many times as long as its table.
Status CheckRendered(const std::string& text, int64_t most_bytes);

Result<http::Response> Render(const arrow::Table& table, Format format,
                              const std::set<std::string>& json_columns, int64_t most_bytes = kMostRendered);

}  // namespace sluice::api
