// JsonWalk: goes through a JSON value that nobody reads, or that is kept as text, so that it is held to the
// same rules as the rest: valid, no deeper than kMaxJsonDepth, no key repeated in an object. simdjson's
// On-Demand skips such values unread. Internal to the JSON codecs; owned by one; one thread at a time.
#pragma once

#include <string_view>
#include <vector>

#include <simdjson.h>

#include "codecs/text.h"

namespace sluice {

inline constexpr int kMaxJsonDepth = 32;  // of objects and arrays, counted from the reading's own object

enum class JsonFault {
  none,
  syntax,    // the structure is broken: what follows cannot be trusted
  text,      // a string that holds what no string may
  depth,     // nested too deep
  repeated,  // a key occurs twice in one object
  value,     // a value that its field does not take
};
const char* JsonFaultReason(JsonFault fault);
JsonFault FaultOf(simdjson::error_code error);

// A raw token without the blanks behind it.
inline std::string_view TrimToken(std::string_view token) {
  while (!token.empty() && IsJsonBlank(token.back())) token.remove_suffix(1);
  return token;
}
// The key as it stands between its quotes; `raw` points behind the first one.
std::string_view RawKey(const char* raw);

// The keys of the objects under way, to find repeated ones.
class JsonKeys {
 public:
  void Clear() { keys_.clear(); }
  size_t Mark() const { return keys_.size(); }
  void Add(std::string_view key) { keys_.push_back(key); }
  // Whether a key was added twice since the mark; forgets what was added since.
  bool AnyRepeated(size_t mark);

 private:
  std::vector<std::string_view> keys_;
};

// Whether nothing but blanks is behind the value that was read.
inline bool AtEnd(simdjson::ondemand::document& document) {
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}
// The unescaped key of a field; valid until the parser's next document.
JsonFault KeyName(simdjson::ondemand::field& field, std::string_view* out);
// The unescaped text of a string value whose trimmed token is `token`.
JsonFault StringText(simdjson::ondemand::value& value, std::string_view token, std::string_view* out);
// `depth`: how many objects and arrays are open around the value.
JsonFault WalkJson(simdjson::ondemand::value& value, int depth, JsonKeys& keys);

}  // namespace sluice
