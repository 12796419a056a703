// JsonScanner: finds where one JSON object or array ends, over bytes that arrive in pieces, without reading
// what is in it. It stops at the first place where the structure cannot be right (a bracket that closes
// another, an object where a key must stand, a line that ends inside a string), so that a forgotten brace or
// quote does not swallow what follows. Owned by a JsonDecoder; a value; pure but for its own state.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

class JsonScanner {
 public:
  enum Result {
    more,    // all bytes are inside; go on with the next ones
    ended,   // `used` bytes on, the value is complete
    broken,  // after `used` bytes stands one that cannot stand there
  };

  // The next bytes of the value, from its first bracket on.
  Result Scan(std::string_view bytes, size_t* used);

 private:
  // Kinds of the open brackets are kept this deep; the reading is refused for its depth long before.
  static constexpr int kTracked = 64;

  bool Open(char bracket);
  bool Close(char bracket);
  bool InObject() const { return depth_ > 0 && depth_ <= kTracked && (objects_ >> (depth_ - 1) & 1) != 0; }

  int64_t depth_ = 0;
  uint64_t objects_ = 0;  // bit d: the bracket at depth d + 1 is a brace
  char last_ = 0;         // the last of []{},: or '"' for a string, 'v' for another value; 0 at the start
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace sluice
