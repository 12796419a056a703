// Target: what the first line of a request asks for, taken apart and decoded; and the way back for our own
// client. Used by the listener before anything is routed. Pure functions over untrusted bytes.
//
// What is refused (reject, the message is for the sender): an empty target, "*" and "host:port" (only proxies
// use them), raw bytes outside printable ASCII, a broken percent escape, an escape that yields NUL or no
// valid UTF-8, and the segments "." and "..": no path of ours needs them, and silently resolving them is how
// checks are walked around.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/status.h"

namespace sluice::http {

using QueryItems = std::vector<std::pair<std::string, std::string>>;

struct Target {
  std::string path;                   // decoded, begins with '/'
  std::vector<std::string> segments;  // of the path, each decoded by itself; "/" is one empty segment
  QueryItems query;                   // decoded, in order
  std::string authority;              // of an absolute target (http://host/path): replaces the Host header
};

Result<Target> ParseTarget(std::string_view raw);

// "a=1&b=x%20y&flag": a blank may be written as '+'. Rejects as ParseTarget does.
Result<QueryItems> ParseQuery(std::string_view raw);
Result<std::string> PercentDecode(std::string_view text, bool plus_is_blank = false);
// Escapes all but unreserved characters, and '/' when `keep_slash`.
std::string PercentEncode(std::string_view text, bool keep_slash = false);
std::string FormatQuery(const QueryItems& query);

// "/a/b" → {"a", "b"}; nothing is decoded.
std::vector<std::string> SplitPath(std::string_view path);

}  // namespace sluice::http
