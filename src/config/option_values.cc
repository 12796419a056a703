#include "config/option_values.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

namespace sluice {
namespace {

void Wrong(const std::string& name, const Node& node, std::string_view wanted, const std::string& hint,
           OptionContext& context) {
  const std::string got = node.IsScalar() ? fmt::format("'{}'", node.text) : std::string(KindName(node.kind));
  context.Error(node.place, fmt::format("`{}` must be {}, not {}", name, wanted, got), hint);
}

// The text of a scalar; nullptr after an error.
const std::string* TextOf(const std::string& name, const Node& node, std::string_view wanted,
                          const std::string& hint, OptionContext& context) {
  if (node.unset) return nullptr;
  if (node.IsScalar()) return &node.text;
  Wrong(name, node, wanted, hint, context);
  return nullptr;
}

template <class T>
bool Whole(std::string_view text, T* out) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

template <class T>
bool ReadInteger(const std::string& name, const Node& node, T* out, OptionContext& context) {
  static constexpr std::string_view kWanted = "a whole number";
  const std::string hint =
      fmt::format("from {} to {}", std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  const std::string* text = TextOf(name, node, kWanted, hint, context);
  T value{};
  if (text == nullptr) return false;
  if (!Whole(*text, &value)) {
    Wrong(name, node, kWanted, hint, context);
    return false;
  }
  *out = value;
  return true;
}

// Types whose text has a parser in core.
template <class T, class Parse>
bool ReadParsed(const std::string& name, const Node& node, std::string_view wanted, const std::string& hint,
                Parse parse, T* out, OptionContext& context) {
  const std::string* text = TextOf(name, node, wanted, hint, context);
  if (text == nullptr) return false;
  auto value = parse(*text);
  if (!value.ok()) {
    Wrong(name, node, wanted, hint, context);
    return false;
  }
  *out = *value;
  return true;
}

}  // namespace

std::string_view OptionTypeName(OptionType type) {
  switch (type) {
    case OptionType::boolean:
      return "bool";
    case OptionType::integer:
      return "int";
    case OptionType::number:
      return "number";
    case OptionType::text:
      return "string";
    case OptionType::duration:
      return "duration";
    case OptionType::size:
      return "size";
    case OptionType::time:
      return "time";
    case OptionType::word:
      return "word";
    case OptionType::list:
      return "list of strings";
    case OptionType::map:
      return "table of strings";
    case OptionType::path:
      return "path";
    case OptionType::secret:
      return "secret";
    case OptionType::table:
      return "table";
  }
  return "";
}

std::string OptionContext::ResolvePath(const std::string& path) const {
  const std::filesystem::path given(path);
  if (path.empty() || path == "-" || given.is_absolute() || folder.empty()) return path;
  return (std::filesystem::path(folder) / given).lexically_normal().string();
}

bool ReadValue(const std::string& name, const Node& node, bool* out, OptionContext& context) {
  static constexpr std::string_view kWanted = "true or false";
  const std::string* text = TextOf(name, node, kWanted, "", context);
  if (text == nullptr) return false;
  if (*text != "true" && *text != "false") {
    Wrong(name, node, kWanted, fmt::format("write {} = true or {} = false", name, name), context);
    return false;
  }
  *out = *text == "true";
  return true;
}

bool ReadValue(const std::string& name, const Node& node, int* out, OptionContext& context) {
  return ReadInteger(name, node, out, context);
}

bool ReadValue(const std::string& name, const Node& node, int64_t* out, OptionContext& context) {
  return ReadInteger(name, node, out, context);
}

bool ReadValue(const std::string& name, const Node& node, double* out, OptionContext& context) {
  static constexpr std::string_view kWanted = "a number";
  const std::string* text = TextOf(name, node, kWanted, "such as 10 or 0.5", context);
  double value = 0;
  if (text == nullptr) return false;
  if (!Whole(*text, &value) || !std::isfinite(value)) {
    Wrong(name, node, kWanted, "such as 10 or 0.5", context);
    return false;
  }
  *out = value;
  return true;
}

bool ReadValue(const std::string& name, const Node& node, std::string* out, OptionContext& context) {
  if (node.unset) return false;
  if (node.kind != Node::Kind::text) {
    Wrong(name, node, "a string", fmt::format("write {} = \"{}\"", name, node.IsScalar() ? node.text : "…"),
          context);
    return false;
  }
  *out = node.text;
  return true;
}

// Unlike the others it never quotes what it refuses.
bool ReadValue(const std::string& name, const Node& node, Secret* out, OptionContext& context) {
  if (node.unset) return false;
  if (node.kind != Node::Kind::text) {
    context.Error(node.place, fmt::format("`{}` must be a string", name),
                  fmt::format("write {} = \"${{NAME}}\", or {}_file = \"path\"", name, name));
    return false;
  }
  *out = Secret(node.text);
  return true;
}

bool ReadValue(const std::string& name, const Node& node, Duration* out, OptionContext& context) {
  return ReadParsed(name, node, "a duration", "such as 500ms, 10s, 15m, 24h or 30d", ParseDuration, out,
                    context);
}

bool ReadValue(const std::string& name, const Node& node, ByteSize* out, OptionContext& context) {
  return ReadParsed(name, node, "a size", "such as 64KiB, 8MiB or 1GiB", ParseByteSize, out, context);
}

bool ReadValue(const std::string& name, const Node& node, Timestamp* out, OptionContext& context) {
  const auto parse = [](const std::string& text) { return ParseRfc3339(text); };
  return ReadParsed(name, node, "a time", "such as 2025-10-15T12:00:00Z (RFC 3339)", parse, out, context);
}

bool ReadValue(const std::string& name, const Node& node, std::vector<std::string>* out,
               OptionContext& context) {
  if (node.unset) return false;
  if (node.kind != Node::Kind::array) {
    Wrong(name, node, "an array of strings", fmt::format("write {} = [\"…\"]", name), context);
    return false;
  }
  std::vector<std::string> values;
  bool good = true;
  for (const Node& item : node.items) {
    std::string value;
    good = ReadValue(name, item, &value, context) && good;
    values.push_back(std::move(value));
  }
  if (good) *out = std::move(values);
  return good;
}

bool ReadValue(const std::string& name, const Node& node, std::map<std::string, std::string>* out,
               OptionContext& context) {
  if (node.unset) return false;
  if (node.kind != Node::Kind::table) {
    Wrong(name, node, "a table", fmt::format("write {} = {{ name = \"…\" }}", name), context);
    return false;
  }
  std::map<std::string, std::string> values;
  bool good = true;
  for (const Node::Entry& entry : node.entries) {
    if (!entry.value.IsScalar()) Wrong(name + "." + entry.key, entry.value, "a string", "", context);
    good = good && entry.value.IsScalar() && !entry.value.unset;
    values[entry.key] = entry.value.text;
  }
  if (good) *out = std::move(values);
  return good;
}

}  // namespace sluice
