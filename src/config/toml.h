// Reading TOML into Nodes: the only place that knows the TOML library. Values keep the order and the places
// of the file; `${NAME}` in strings is replaced. Bounded: what nests or chains deeper than any pipeline file
// needs is refused before the library sees it, because it recurses. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/node.h"

namespace sluice {

inline constexpr int kMaxTomlDepth = 32;     // of arrays and inline tables in each other
inline constexpr int kMaxTomlKeyParts = 32;  // of a dotted key
inline constexpr int kMaxTomlTables = 4096;  // headers: the library takes quadratic time over them

// The root table, or nothing after a syntax error, which is then the one finding. Variables that are not set
// are findings too, but the table is returned.
std::optional<Node> ReadToml(std::string_view text, const Environment& environment, Findings& findings);

// The place and reason why `text` exceeds the bounds above, if it does.
struct TomlExcess {
  Place place;
  std::string_view reason;
};
std::optional<TomlExcess> FindTomlExcess(std::string_view text);

}  // namespace sluice
