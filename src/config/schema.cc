#include <algorithm>

#include <fmt/format.h>

#include "config/reference.h"
#include "config/server.h"
#include "config/sources.h"
#include "config/streams.h"
#include "config/summaries.h"

namespace sluice {
namespace {

constexpr std::string_view kName = R"("^(?!sluice)[a-z][a-z0-9_]{0,47}$")";
constexpr std::string_view kScalar = R"({"type": ["string", "number", "boolean"]})";

std::string ObjectOf(const OptionSet& set, std::string properties = "", std::string required = "");

void Append(std::string& list, const std::string& item) { list += (list.empty() ? "" : ", ") + item; }

// A JSON string: the TOML one that ShowValue writes is one too.
std::string Quote(const std::string& text) { return ShowValue(text); }

std::string Words(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) Append(list, Quote(word));
  return list;
}

std::string TypeFacts(const Option& option) {
  switch (option.type) {
    case OptionType::boolean:
      return R"("type": ["boolean", "string"])";
    case OptionType::integer:
      return R"("type": ["integer", "string"])";
    case OptionType::number:
      return R"("type": ["number", "string"])";
    case OptionType::size:
      return R"("type": ["string", "integer"])";
    case OptionType::list:
      return R"("type": "array", "items": {"type": "string"})";
    case OptionType::map:
      return fmt::format(R"("type": "object", "additionalProperties": {})", kScalar);
    case OptionType::word:
      return fmt::format(R"("type": "string", "anyOf": [{{"enum": [{}]}}, {{"pattern": "\\$\\{{"}}])",
                         Words(option.words));
    case OptionType::table:
      return R"("type": "object")";
    default:
      return R"("type": "string")";
  }
}

// Bounds of numbers; those of durations and sizes are in the sentence of the error.
std::string BoundFacts(const Option& option) {
  if (option.type != OptionType::integer && option.type != OptionType::number) return "";
  std::string facts;
  if (!option.min.empty()) facts += fmt::format(R"(, "minimum": {})", option.min);
  if (!option.max.empty()) facts += fmt::format(R"(, "maximum": {})", option.max);
  if (!option.above.empty()) facts += fmt::format(R"(, "exclusiveMinimum": {})", option.above);
  return facts;
}

std::string PropertyOf(const OptionSet& set, const Option& option) {
  if (option.type == OptionType::table && option.nested.size() == 1 && option.nested[0].label.empty()) {
    return ObjectOf(option.nested[0].options);
  }
  std::string facts = fmt::format(R"("description": {}, {}{})", Quote(option.sentence), TypeFacts(option),
                                  BoundFacts(option));
  const auto value = set.DefaultOf(option);
  if (value && !option.required && option.type != OptionType::map && option.type != OptionType::secret) {
    facts += fmt::format(R"(, "default": {})", *value);
  }
  return "{" + facts + "}";
}

// `properties` and `required`: what the object has besides the options.
std::string ObjectOf(const OptionSet& set, std::string properties, std::string required) {
  for (const Option& option : set.options()) {
    Append(properties, Quote(option.name) + ": " + PropertyOf(set, option));
    if (option.type == OptionType::secret) {
      Append(properties, Quote(option.name + "_file") + R"(: {"type": "string"})");
    } else if (option.required) {
      Append(required, Quote(option.name));
    }
  }
  return fmt::format(
      R"({{"type": "object", "properties": {{{}}}, "required": [{}], "additionalProperties": false}})",
      properties, required);
}

// One object for each kind; the first needs no `kind` when it is the default.
std::string OneOfKinds(const std::vector<ComponentKind>& kinds, const OptionSet& common, bool has_default) {
  std::string all;
  for (const ComponentKind& kind : kinds) {
    std::string properties = fmt::format(R"("kind": {{"const": {}}})", Quote(kind.name));
    std::string required = has_default && &kind == &kinds.front() ? "" : "\"kind\"";
    for (const Option& option : common.options()) {
      Append(properties, Quote(option.name) + ": " + PropertyOf(common, option));
      if (option.required) Append(required, Quote(option.name));
    }
    Append(all, ObjectOf(kind.options, properties, required));
  }
  return all.empty() ? R"({"type": "object"})" : fmt::format(R"({{"oneOf": [{}]}})", all);
}

std::string Named(const std::string& component) {
  return fmt::format(
      R"({{"type": "object", "propertyNames": {{"pattern": {}}}, "additionalProperties": {}}})", kName,
      component);
}

// The same JSON with a line for each member of an object and each object of an array.
std::string Indented(std::string_view json) {
  std::string out;
  std::string open;  // brackets around the current character
  bool quoted = false;
  const auto newline = [&] { out += "\n" + std::string(std::count(open.begin(), open.end(), '{') * 2, ' '); };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted && c == '\\') out += json[i++];
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '}' || c == ']')) open.pop_back();
    if (!quoted && c == '}' && json[i - 1] != '{') newline();
    out += json[i];
    if (!quoted && (c == '{' || c == '[')) open += c;
    if (!quoted && c == '{' && json[i + 1] != '}') newline();
    if (!quoted && c == ',' && (open.back() == '{' || json[i - 1] == '}')) newline(), ++i;
  }
  return out + "\n";
}

}  // namespace

std::string ConfigJsonSchema(const ComponentKinds& kinds) {
  std::string sections;
  Append(sections, "\"stream\": " + Named(ObjectOf(StreamOptions())));
  Append(sections, "\"source\": " + Named(OneOfKinds(kinds.sources, InputOptions(kinds.codecs), false)));
  Append(sections, "\"summary\": " + Named(ObjectOf(SummaryOptions())));
  Append(sections, "\"log\": " + OneOfKinds(kinds.logs, {}, true));
  Append(sections, "\"store\": " + OneOfKinds(kinds.stores, {}, true));
  Append(sections, "\"server\": " + ObjectOf(ServerOptions()));
  std::string root = ObjectOf(SettingOptions(), sections, R"("stream", "source")");
  root.replace(0, 1,
               R"({"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Sluice pipeline", )");
  return Indented(root);
}

}  // namespace sluice
