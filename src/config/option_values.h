// How each type that an option may have is read from the pipeline file and written back: the overloads that
// config/options.h chooses from. Any scalar may be written as a string. Pure functions but for Secret, whose
// `<option>_file` config/options.cc reads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/secret.h"
#include "core/bytes.h"
#include "core/time.h"
#include "platform/files.h"

namespace sluice {

enum class OptionType {
  boolean,
  integer,
  number,
  text,
  duration,
  size,
  time,
  word,
  list,
  map,
  path,
  secret,
  table
};
// "bool", "int", "duration", "list of strings": for people.
std::string_view OptionTypeName(OptionType type);

// What reading options needs besides the node: where errors go, and where relative paths and secrets come
// from.
struct OptionContext {
  Findings& findings;
  std::string folder;  // of the pipeline file
  Files& files;

  void Error(Place place, std::string message, std::string hint = "") {
    findings.Error(place, std::move(message), std::move(hint));
  }
  // A path of the file as a path of this process: relative ones start at `folder`; `-` stays.
  std::string ResolvePath(const std::string& path) const;
};

// Reads the value of the option `name`; false when an error was reported (or had been before) and `out` is as
// it was.
bool ReadValue(const std::string& name, const Node& node, bool* out, OptionContext& context);
bool ReadValue(const std::string& name, const Node& node, int* out, OptionContext& context);
bool ReadValue(const std::string& name, const Node& node, int64_t* out, OptionContext& context);
bool ReadValue(const std::string& name, const Node& node, double* out, OptionContext& context);
bool ReadValue(const std::string& name, const Node& node, std::string* out, OptionContext& context);
bool ReadValue(const std::string& name, const Node& node, Secret* out, OptionContext& context);
bool ReadValue(const std::string& name, const Node& node, Duration* out, OptionContext& context);
bool ReadValue(const std::string& name, const Node& node, ByteSize* out, OptionContext& context);
bool ReadValue(const std::string& name, const Node& node, Timestamp* out, OptionContext& context);
bool ReadValue(const std::string& name, const Node& node, std::vector<std::string>* out,
               OptionContext& context);
// Values may be any scalar and are kept as text.
bool ReadValue(const std::string& name, const Node& node, std::map<std::string, std::string>* out,
               OptionContext& context);

// As it would be written in the file; a secret as `"***"`.
std::string ShowValue(bool value);
std::string ShowValue(int value);
std::string ShowValue(int64_t value);
std::string ShowValue(double value);
std::string ShowValue(const std::string& value);
std::string ShowValue(const Secret& value);
std::string ShowValue(Duration value);
std::string ShowValue(ByteSize value);
std::string ShowValue(Timestamp value);
std::string ShowValue(const std::vector<std::string>& value);
std::string ShowValue(const std::map<std::string, std::string>& value);

template <class T>
inline constexpr OptionType kOptionType = OptionType::text;
template <>
inline constexpr OptionType kOptionType<bool> = OptionType::boolean;
template <>
inline constexpr OptionType kOptionType<int> = OptionType::integer;
template <>
inline constexpr OptionType kOptionType<int64_t> = OptionType::integer;
template <>
inline constexpr OptionType kOptionType<double> = OptionType::number;
template <>
inline constexpr OptionType kOptionType<Secret> = OptionType::secret;
template <>
inline constexpr OptionType kOptionType<Duration> = OptionType::duration;
template <>
inline constexpr OptionType kOptionType<ByteSize> = OptionType::size;
template <>
inline constexpr OptionType kOptionType<Timestamp> = OptionType::time;
template <>
inline constexpr OptionType kOptionType<std::vector<std::string>> = OptionType::list;
template <>
inline constexpr OptionType kOptionType<std::map<std::string, std::string>> = OptionType::map;

}  // namespace sluice
