// Node: a value of the pipeline file with its place, copied out of the TOML reader so that nobody else sees
// it. Components that read a table of their own (`values.temperature = { walk = {…} }`) are handed one.
// Values; immutable once loaded. Strings have their `${NAME}` replaced already.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// Where something stands in the file, both from 1; 0:0 is nowhere in particular.
struct Place {
  int line = 0;
  int col = 0;
  auto operator<=>(const Place&) const = default;
};

struct Node {
  enum class Kind { text, integer, number, boolean, time, array, table };
  struct Entry;

  Kind kind = Kind::table;
  Place place;
  std::string text;            // of a scalar, as it would be written in a string
  std::vector<Entry> entries;  // of a table, in the order of the file
  std::vector<Node> items;     // of an array
  bool unset = false;          // it named an unset variable: that is reported, so skip it in silence

  bool IsScalar() const { return kind != Kind::array && kind != Kind::table; }
  // The entry of that key in a table, or nullptr.
  const Entry* Find(std::string_view key) const;
};

struct Node::Entry {
  std::string key;
  Place place;  // of the key
  Node value;
};

// "a string", "a whole number", "a table": for messages.
std::string_view KindName(Node::Kind kind);

}  // namespace sluice
