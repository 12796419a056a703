#include "config/options.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice {
namespace {

constexpr int64_t kMaxSecretFile = 64 << 10;

std::string QuotedWords(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back(fmt::format("\"{}\"", word));
  return JoinWords(quoted);
}

}  // namespace

namespace options_detail {

bool WithinBounds(const Option& option, bool low, bool high, bool not_above, const std::string& shown,
                  Place place, OptionContext& context) {
  if (!low && !high && !not_above) return true;
  const std::string bound = low    ? "at least " + option.min
                            : high ? "at most " + option.max
                                   : "above " + option.above;
  context.Error(place, fmt::format("`{}` must be {}, not {}", option.name, bound, shown), option.sentence);
  return false;
}

bool ReadChoice(const Option& option, const Node& node, size_t* index, OptionContext& context) {
  std::string word;
  if (!ReadValue(option.name, node, &word, context)) return false;
  const auto found = std::find(option.words.begin(), option.words.end(), word);
  if (found != option.words.end()) {
    *index = static_cast<size_t>(found - option.words.begin());
    return true;
  }
  const std::string meant = Suggest(word, option.words);
  context.Error(node.place,
                fmt::format("`{}` cannot be \"{}\"{}", option.name, word,
                            meant.empty() ? "" : fmt::format(", did you mean \"{}\"?", meant)),
                "it takes " + QuotedWords(option.words));
  return false;
}

}  // namespace options_detail

void Faults::Add(std::string_view option, std::string message, std::string hint) {
  const Node* node = &table_;
  Place place = header_;
  while (!option.empty()) {
    const size_t dot = std::min(option.find('.'), option.size());
    const Node::Entry* entry = node->Find(option.substr(0, dot));
    if (entry == nullptr) break;
    if (Reported(*entry)) return;
    node = &entry->value;
    place = node->IsScalar() ? node->place : entry->place;
    option.remove_prefix(std::min(dot + 1, option.size()));
  }
  context_.Error(place, std::move(message), std::move(hint));
}

bool Faults::Faulty(std::string_view option) const {
  const Node::Entry* entry = table_.Find(option);
  return entry != nullptr && Reported(*entry);
}

bool Faults::Reported(const Node::Entry& entry) const {
  return entry.value.unset || context_.findings.HasErrorAt(entry.place) ||
         context_.findings.HasErrorAt(entry.value.place);
}

OptionSet::OptionSet() = default;

OptionSet::OptionSet(std::any defaults, std::vector<Option> options, std::vector<CheckFunction> checks)
    : defaults_(std::move(defaults)), options_(std::move(options)), checks_(std::move(checks)) {}

bool OptionSet::Knows(std::string_view key) const {
  return std::any_of(options_.begin(), options_.end(), [&](const Option& option) {
    return option.name == key || (option.type == OptionType::secret && option.name + "_file" == key);
  });
}

std::vector<std::string> OptionSet::Keys() const {
  std::vector<std::string> keys;
  for (const Option& option : options_) {
    keys.push_back(option.name);
    if (option.type == OptionType::secret) keys.push_back(option.name + "_file");
  }
  return keys;
}

std::optional<std::string> OptionSet::DefaultOf(const Option& option) const { return option.show(defaults_); }

std::any OptionSet::Read(const Node& table, Place header, OptionContext& context) const {
  ReportUnknownKeys(table, Keys(), context);
  return ReadKnown(table, header, context);
}

std::any OptionSet::ReadKnown(const Node& table, Place header, OptionContext& context) const {
  std::any spec = defaults_;
  if (table.kind != Node::Kind::table) {
    if (!table.unset)
      context.Error(table.place, fmt::format("a table is wanted here, not {}", KindName(table.kind)));
    return spec;
  }
  for (const Option& option : options_) {
    const Node::Entry* entry = table.Find(option.name);
    const bool in_file = option.type == OptionType::secret && table.Find(option.name + "_file") != nullptr;
    if (entry != nullptr && !entry->value.unset) option.read(entry->value, spec, context);
    if (in_file) ReadSecretFile(option, table, spec, context);
    if (option.required && entry == nullptr && !in_file) {
      context.Error(header, fmt::format("`{}` is missing", option.name), option.sentence);
    }
  }
  Faults faults(table, header, context);
  for (const CheckFunction& check : checks_) check(spec, faults);
  return spec;
}

void OptionSet::ReadSecretFile(const Option& option, const Node& table, std::any& spec,
                               OptionContext& context) const {
  const std::string key = option.name + "_file";
  const Node::Entry& entry = *table.Find(key);
  std::string path;
  if (!ReadValue(key, entry.value, &path, context)) return;
  if (table.Find(option.name) != nullptr) {
    context.Error(entry.place, fmt::format("`{}` and `{}` are both given", option.name, key),
                  "give one of them");
    return;
  }
  Result<std::string> content = ReadWholeFile(context.files, context.ResolvePath(path), kMaxSecretFile);
  if (!content.ok()) {
    context.Error(entry.value.place, fmt::format("`{}` cannot be read: {}", key, content.status().message()),
                  "a relative path starts at the folder of the pipeline file");
    return;
  }
  while (content->ends_with('\n') || content->ends_with('\r')) content->pop_back();
  option.read(Node{.kind = Node::Kind::text, .place = entry.value.place, .text = *content}, spec, context);
}

void ReportUnknownKeys(const Node& table, const std::vector<std::string>& known, OptionContext& context) {
  for (const Node::Entry& entry : table.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    const std::string meant = Suggest(entry.key, known);
    context.Error(entry.place,
                  fmt::format("unknown key `{}`{}", entry.key,
                              meant.empty() ? "" : fmt::format(", did you mean `{}`?", meant)),
                  known.empty() ? "there is nothing to set here" : "known keys are " + JoinWords(known));
  }
}

}  // namespace sluice
