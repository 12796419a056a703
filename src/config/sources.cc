#include "config/sources.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/plausible.h"

namespace sluice {
namespace {

std::vector<std::string> KindNames(const std::vector<ComponentKind>& kinds) {
  std::vector<std::string> names;
  for (const ComponentKind& kind : kinds) names.push_back(kind.name);
  return names;
}

// The kind that the table names. An unknown one is reported and taken for the one that was probably meant, so
// that the rest of the table is checked too; nullptr when nobody can tell.
const ComponentKind* ReadKind(const Node::Entry& entry, const std::vector<ComponentKind>& kinds,
                              const ComponentKind* fallback, OptionContext& context) {
  const Node::Entry* kind = entry.value.Find("kind");
  const std::string hint = "kinds are " + JoinWords(KindNames(kinds));
  std::string name;
  if (kind == nullptr) {
    if (fallback == nullptr) context.Error(entry.place, "`kind` is missing", hint);
    return fallback;
  }
  if (!ReadValue("kind", kind->value, &name, context)) return nullptr;
  if (const ComponentKind* found = FindKind(kinds, name)) return found;
  const std::string meant = Suggest(name, KindNames(kinds));
  context.Error(kind->value.place,
                fmt::format("unknown kind \"{}\"{}", name,
                            meant.empty() ? "" : fmt::format(", did you mean \"{}\"?", meant)),
                hint);
  return FindKind(kinds, meant);
}

// The keys of the kind, or of every kind when it is not known.
std::vector<std::string> KnownKeys(const ComponentKind* kind, const std::vector<ComponentKind>& kinds) {
  std::vector<std::string> keys = {"kind"};
  for (const ComponentKind& other : kinds) {
    if (kind != nullptr && &other != kind) continue;
    for (const std::string& key : other.options.Keys()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

void CheckFieldsOf(const char* option, const Node& table, const StreamDraft& stream, OptionContext& context) {
  const Node::Entry* entry = table.Find(option);
  if (entry == nullptr) return;
  for (const Node::Entry& field : entry->value.entries) CheckField(stream, field.key, field.place, context);
}

void CheckMapMeetsSet(const Node& table, OptionContext& context) {
  const Node::Entry* map = table.Find("map");
  const Node::Entry* set = table.Find("set");
  if (map == nullptr || set == nullptr) return;
  for (const Node::Entry& field : set->value.entries) {
    if (map->value.Find(field.key) == nullptr) continue;
    context.Error(field.place, fmt::format("field `{}` is in both `map` and `set`", field.key),
                  "take it from the input or give it a constant");
  }
}

}  // namespace

OptionSet InputOptions(const std::vector<std::string>& codecs) {
  std::vector<Choice<std::string>> choices;
  for (const std::string& codec : codecs) choices.push_back({codec, codec});
  return OptionTable<InputSpec>()
      .Add("stream", &InputSpec::stream, "stream that its readings go to")
      .Required()
      .AddChoice("codec", &InputSpec::codec, std::move(choices),
                 "format of the input; unset: by content type or file ending, otherwise json")
      .Add("map", &InputSpec::map,
           "where a field stands in the input, when not under its own name; dots descend")
      .Add("set", &InputSpec::set, "fields with a constant value")
      .Add(
          "time_format", &InputSpec::time_format,
          "of timestamps: unix_s, unix_ms, unix_us, unix_ns or a strptime pattern with %f; \"\" for RFC 3339")
      .Add("time_zone", &InputSpec::time_zone, "of times without an offset: an IANA name or an offset");
}

const ComponentKind* FindKind(const std::vector<ComponentKind>& kinds, std::string_view name) {
  for (const ComponentKind& kind : kinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

ComponentSpec ReadSource(const Node::Entry& entry, const ComponentKinds& kinds, OptionContext& context) {
  const ComponentKind* kind = ReadKind(entry, kinds.sources, nullptr, context);
  const OptionSet input = InputOptions(kinds.codecs);
  std::vector<std::string> known = KnownKeys(kind, kinds.sources);
  for (const std::string& key : input.Keys()) known.push_back(key);
  ReportUnknownKeys(entry.value, known, context);

  ComponentSpec source{
      .section = "source", .name = entry.key, .kind = kind ? kind->name : "", .place = entry.place};
  source.input = std::any_cast<InputSpec>(input.ReadKnown(entry.value, entry.place, context));
  if (kind != nullptr) source.options = kind->options.ReadKnown(entry.value, entry.place, context);
  CheckMapMeetsSet(entry.value, context);
  return source;
}

void CheckSource(const ComponentSpec& source, const Node::Entry& entry, const StreamDraft* stream,
                 const ComponentKinds& kinds, OptionContext& context) {
  if (stream != nullptr) {
    CheckFieldsOf("map", entry.value, *stream, context);
    CheckFieldsOf("set", entry.value, *stream, context);
  }
  const ComponentKind* kind = FindKind(kinds.sources, source.kind);
  const auto check = [&](const StreamSpec& plausible, OptionContext& found) {
    Faults faults(entry.value, entry.place, found);
    if (kinds.check_input) kinds.check_input(plausible, source.input, faults);
    if (kind != nullptr && kind->check) kind->check(source, plausible, faults);
  };
  ReportSure(PlausibleStreams(stream, entry.value), context, check);
}

ComponentSpec ReadSingle(const std::string& section, const Node::Entry* entry,
                         const std::vector<ComponentKind>& kinds, OptionContext& context) {
  ComponentSpec component{.section = section};
  if (kinds.empty()) return component;
  const ComponentKind* kind = &kinds.front();
  if (entry == nullptr) {
    component.kind = kind->name;
    component.options = kind->options.ReadKnown(Node{}, {}, context);
    return component;
  }
  kind = ReadKind(*entry, kinds, kind, context);
  component.place = entry->place;
  ReportUnknownKeys(entry->value, KnownKeys(kind, kinds), context);
  if (kind == nullptr) return component;
  component.kind = kind->name;
  component.options = kind->options.ReadKnown(entry->value, entry->place, context);
  return component;
}

}  // namespace sluice
