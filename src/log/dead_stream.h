// The name of the stream whose one partition holds a stream's dead entries, in a log that keeps them apart
// (Log::DeadStream). Names of declared streams have no dot. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

inline constexpr std::string_view kDeadSuffix = ".dead";

inline bool IsDeadStream(std::string_view name) { return name.ends_with(kDeadSuffix); }
inline std::string DeadStreamOf(const std::string& stream) { return stream + std::string(kDeadSuffix); }
// The declared stream of either.
inline std::string DeclaredStreamOf(std::string name) {
  if (IsDeadStream(name)) name.resize(name.size() - kDeadSuffix.size());
  return name;
}

}  // namespace sluice
