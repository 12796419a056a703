#include "config/streams.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/names.h"
#include "core/ascii.h"

namespace sluice {
namespace {

constexpr int kMaxPartitions = 1024;
constexpr size_t kMaxFields = 1000;

struct FieldDraft {
  std::string name;
  std::optional<FieldType> type;  // unset: reported
};

struct StreamTable {
  std::optional<std::string> key;
  std::optional<std::string> time;
  std::vector<FieldDraft> fields;
  bool is_default = false;
  std::optional<int> partitions;
  std::vector<std::string> required;
  UnknownFields unknown = UnknownFields::ignore;
  Duration max_future = StreamSpec().max_future;
  NonFinite non_finite = NonFinite::reject;
  std::vector<std::string> dedupe;
  Duration dedupe_window = StreamSpec().dedupe_window;
};

const std::vector<std::string>& TypeWords() {
  static const std::vector<std::string> words = {"bool", "int", "double", "string", "timestamp", "json"};
  return words;
}

void ReadField(const Node::Entry& entry, StreamTable& table, OptionContext& context) {
  std::string word;
  FieldDraft field{.name = entry.key, .type = {}};
  if (ReadValue("fields." + entry.key, entry.value, &word, context)) {
    field.type = FieldTypeFromName(word);
    const std::string meant = Suggest(word, TypeWords());
    if (!field.type) {
      context.Error(entry.value.place,
                    fmt::format("unknown type \"{}\"{}", word,
                                meant.empty() ? "" : fmt::format(", did you mean \"{}\"?", meant)),
                    "types are " + JoinWords(TypeWords()));
    }
  }
  table.fields.push_back(std::move(field));
}

void ReadFields(const Node& node, StreamTable& table, OptionContext& context) {
  if (node.kind != Node::Kind::table) {
    context.Error(node.place, "`fields` must be a table", "write fields = { temperature = \"double\" }");
    return;
  }
  for (const Node::Entry& entry : node.entries) ReadField(entry, table, context);
  if (node.entries.empty())
    context.Error(node.place, "`fields` is empty", "write fields = { temperature = \"double\" }");
  if (node.entries.size() > kMaxFields)
    context.Error(node.place, "more than 1000 fields", "split the stream");
}

// Names of fields: each possible, and none twice.
void CheckFieldNames(const Node& fields, const StreamTable& table, StreamDraft& draft,
                     OptionContext& context) {
  std::map<std::string, std::string> seen;
  for (const Node::Entry& entry : fields.entries) {
    if (auto fault = CheckFieldName(entry.key, table.unknown == UnknownFields::keep)) {
      context.Error(entry.place, fault->message, fault->hint);
      draft.faulty.insert(entry.key);
    }
    const auto [before, fresh] = seen.emplace(LowerCase(entry.key), entry.key);
    if (fresh) continue;
    draft.faulty.insert(entry.key);
    context.Error(
        entry.place, fmt::format("fields `{}` and `{}` differ only by case", before->second, entry.key),
        "a database takes them for one column: rename one, and give its path with `map` of the source");
  }
}

// One of the fields that `key`, `time`, `required` and `dedupe` name: its index, or -1 after an error.
int FindField(const StreamDraft& draft, const std::string& field, Place place, OptionContext& context) {
  if (!CheckField(draft, field, place, context)) return -1;
  return draft.spec.FieldIndex(field);
}

void ResolveKey(const Node& node, const StreamTable& table, StreamDraft& draft, OptionContext& context) {
  const Node::Entry* entry = node.Find("key");
  if (entry == nullptr) return;
  draft.roles_known = false;
  if (!table.key) return;
  const int index = FindField(draft, *table.key, entry->value.place, context);
  if (index < 0) return;
  draft.spec.key = index;
  const auto type = draft.TypeOf(*table.key);
  draft.roles_known = !type || *type == FieldType::text || *type == FieldType::integer;
  if (!draft.roles_known) {
    context.Error(entry->value.place,
                  fmt::format("the key `{}` is a {}; a key must be a string or an int", *table.key,
                              FieldTypeName(*type)),
                  "choose another field, or leave `key` out for one partition in order of arrival");
  }
}

void ResolveTime(const Node& node, const StreamTable& table, StreamDraft& draft, OptionContext& context) {
  const Node::Entry* entry = node.Find("time");
  const int index = table.time ? FindField(draft, *table.time, entry->value.place, context) : -1;
  const auto type = index < 0 ? std::nullopt : draft.TypeOf(*table.time);
  draft.spec.time = std::max(index, 0);
  if (index < 0 || (type && *type != FieldType::timestamp)) draft.roles_known = false;
  if (type && *type != FieldType::timestamp) {
    context.Error(
        entry->value.place,
        fmt::format("the event time `{}` is a {}; it must be a timestamp", *table.time, FieldTypeName(*type)),
        fmt::format("declare {} = \"timestamp\", with `time_format` of the source for other notations",
                    *table.time));
  }
}

// The fields that a list names.
std::vector<int> ResolveList(const Node& node, const char* option, StreamDraft& draft,
                             OptionContext& context) {
  std::vector<int> indexes;
  const Node::Entry* entry = node.Find(option);
  if (entry == nullptr) return indexes;
  for (const Node& item : entry->value.items) {
    if (item.kind != Node::Kind::text || item.unset) continue;
    const int index = FindField(draft, item.text, item.place, context);
    if (index < 0) continue;
    if (std::find(indexes.begin(), indexes.end(), index) != indexes.end()) {
      context.Error(item.place, fmt::format("`{}` names `{}` twice", option, item.text), "leave one out");
    }
    indexes.push_back(index);
  }
  return indexes;
}

void ResolvePartitions(const Node& node, const StreamTable& table, int fallback, StreamDraft& draft,
                       OptionContext& context) {
  const bool keyed = node.Find("key") != nullptr;
  draft.spec.partitions = table.partitions.value_or(keyed ? fallback : 1);
  if (keyed || draft.spec.partitions == 1) return;
  context.Error(node.Find("partitions")->value.place,
                fmt::format("`partitions` is {}, but the stream has no key", draft.spec.partitions),
                "a stream without `key` has one partition, in order of arrival");
}

void Resolve(const Node& node, const StreamTable& table, StreamDraft& draft, OptionContext& context) {
  ResolveKey(node, table, draft, context);
  ResolveTime(node, table, draft, context);
  for (const int index : ResolveList(node, "required", draft, context)) {
    draft.spec.fields[static_cast<size_t>(index)].required = true;
  }
  draft.spec.dedupe = ResolveList(node, "dedupe", draft, context);
  if (!table.dedupe.empty()) {
    context.Error(node.Find("dedupe")->place, "this version does not do `dedupe` yet",
                  "take it out; until it is there, a sender that repeats a request does so under the same "
                  "Idempotency-Key, and SELECT DISTINCT leaves repeats out of an answer");
  }
  if (draft.spec.key) draft.spec.fields[static_cast<size_t>(*draft.spec.key)].required = true;
  if (!draft.spec.fields.empty()) draft.spec.fields[static_cast<size_t>(draft.spec.time)].required = true;
}

}  // namespace

OptionSet StreamOptions() {
  return OptionTable<StreamTable>()
      .Add("key", &StreamTable::key,
           "field that orders readings and names the device; without it: one partition, in order of arrival")
      .Add("time", &StreamTable::time, "field of the event time")
      .Required()
      .AddCustom("fields", "table of types", &ReadFields,
                 "the fields and their types: bool, int, double, string, timestamp or json")
      .Required()
      .Add("default", &StreamTable::is_default, "the stream behind /data/*; otherwise the first of the file")
      .Add("partitions", &StreamTable::partitions,
           "shares the stream is split into by key; 1 in the embedded log, 4 in Kafka",
           {.min = 1, .max = kMaxPartitions})
      .Add("required", &StreamTable::required,
           "fields without which a reading is bad; key and time always are")
      .AddChoice(
          "unknown", &StreamTable::unknown,
          {{"ignore", UnknownFields::ignore},
           {"keep", UnknownFields::keep},
           {"reject", UnknownFields::reject}},
          "undeclared fields: left out, kept in a json column `extra`, or a reason to reject the reading")
      .Add("max_future", &StreamTable::max_future,
           "a reading stamped later than its arrival plus this is stored, but is not news",
           {.min = Duration(0)})
      .AddChoice("non_finite", &StreamTable::non_finite,
                 {{"reject", NonFinite::reject}, {"null", NonFinite::null}},
                 "NaN and infinities: a reason to reject the reading, or made null")
      .Add("dedupe", &StreamTable::dedupe,
           "fields that identify a reading: a repeat of the same values is counted and left out")
      .Add("dedupe_window", &StreamTable::dedupe_window, "how long a repeat is recognised",
           {.above = Duration(0)});
}

bool StreamDraft::MayHave(const std::string& field) const {
  return !fields_known || faulty.count(field) > 0 || spec.FieldIndex(field) >= 0;
}

std::optional<FieldType> StreamDraft::TypeOf(const std::string& field) const {
  const int index = spec.FieldIndex(field);
  if (index < 0 || faulty.count(field) > 0) return std::nullopt;
  return spec.fields[static_cast<size_t>(index)].type;
}

std::vector<std::string> StreamDraft::FieldNames() const {
  std::vector<std::string> names;
  for (const Field& field : spec.fields) names.push_back(field.name);
  return names;
}

bool CheckField(const StreamDraft& stream, const std::string& field, Place place, OptionContext& context) {
  if (stream.MayHave(field)) return true;
  const std::string meant = Suggest(field, stream.FieldNames());
  context.Error(place,
                fmt::format("stream `{}` has no field `{}`{}", stream.spec.name, field,
                            meant.empty() ? "" : fmt::format(", did you mean `{}`?", meant)),
                "its fields are " + JoinWords(stream.FieldNames()));
  return false;
}

StreamDraft ReadStream(const Node::Entry& entry, int default_partitions, OptionContext& context) {
  const Node& node = entry.value;
  const StreamTable table = std::any_cast<StreamTable>(StreamOptions().Read(node, entry.place, context));
  StreamDraft draft{.header = entry.place};
  draft.spec.name = entry.key;
  draft.spec.unknown = table.unknown;
  draft.spec.non_finite = table.non_finite;
  draft.spec.max_future = table.max_future;
  draft.spec.dedupe_window = table.dedupe_window;
  for (const FieldDraft& field : table.fields) {
    if (!field.type) draft.faulty.insert(field.name);
    draft.spec.fields.push_back({.name = field.name, .type = field.type.value_or(FieldType::text)});
  }
  draft.fields_known = !table.fields.empty();
  if (const Node::Entry* fields = node.Find("fields")) CheckFieldNames(fields->value, table, draft, context);
  if (table.is_default) draft.default_place = node.Find("default")->value.place;
  ResolvePartitions(node, table, default_partitions, draft, context);
  Resolve(node, table, draft, context);
  return draft;
}

}  // namespace sluice
