#include "config/reference.h"

#include <fmt/format.h>

#include "config/server.h"
#include "config/sources.h"
#include "config/streams.h"
#include "config/summaries.h"

namespace sluice {
namespace {

std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

std::string TypeOf(const Option& option) {
  if (!option.type_name.empty()) return option.type_name;
  if (option.type != OptionType::word) return std::string(OptionTypeName(option.type));
  std::string words;
  for (const std::string& word : option.words) words += (words.empty() ? "`" : ", `") + word + "`";
  return words;
}

std::string BoundsOf(const Option& option) {
  std::string text;
  if (!option.above.empty()) text += " above " + option.above;
  if (!option.min.empty()) text += " from " + option.min;
  if (!option.max.empty()) text += " to " + option.max;
  return text;
}

std::string DefaultOf(const OptionSet& set, const Option& option) {
  if (option.required) return "required";
  const auto value = set.DefaultOf(option);
  return !value || *value == "\"\"" || *value == "[]" || *value == "{}" ? "" : "`" + *value + "`";
}

void AddRows(const OptionSet& set, const std::string& prefix, std::string& out) {
  for (const Option& option : set.options()) {
    const bool secret = option.type == OptionType::secret;
    out +=
        fmt::format("| `{}{}`{} | {}{} | {} | {} |\n", prefix, option.name,
                    secret ? fmt::format(" or `{}{}_file`", prefix, option.name) : "", Cell(TypeOf(option)),
                    Cell(BoundsOf(option)), Cell(DefaultOf(set, option)), Cell(option.sentence));
    for (const NestedOptions& nested : option.nested) {
      const std::string label = nested.label.empty() ? "" : nested.label + ".";
      AddRows(nested.options, prefix + option.name + "." + label, out);
    }
  }
}

void AddTable(const OptionSet& set, std::string& out) {
  if (set.options().empty()) {
    out += "No options.\n\n";
    return;
  }
  out += "| option | type | default | meaning |\n|---|---|---|---|\n";
  AddRows(set, "", out);
  out += "\n";
}

void AddKinds(const std::string& header, const std::vector<ComponentKind>& kinds, bool has_default,
              std::string& out) {
  for (const ComponentKind& kind : kinds) {
    const bool is_default = has_default && &kind == &kinds.front();
    out += fmt::format("### `{}` kind = \"{}\"{}\n\n{}\n\n", header, kind.name,
                       is_default ? " (the default)" : "", kind.sentence);
    AddTable(kind.options, out);
  }
}

}  // namespace

std::string ConfigReferenceMarkdown(const ComponentKinds& kinds) {
  std::string out =
      "# Reference of the pipeline file\n\n"
      "Printed by `sluice docs config`. In strings `${NAME}` and `${NAME:-default}` are replaced from the "
      "environment "
      "and `--env-file`; `$${` stands for `${`. Any scalar may be written as a string. Durations are written "
      "`500ms`, "
      "`10s`, `15m`, `24h`, `30d`, sizes `64KiB`, `8MiB`, `1GiB`, times as in RFC 3339. Relative paths start "
      "at the "
      "folder of the file. An option without a default is unset. Only a stream and a source are required.\n\n"
      "## Settings, before the first section\n\n";
  AddTable(SettingOptions(), out);
  out += "## `[stream.NAME]`\n\n";
  AddTable(StreamOptions(), out);
  out += "## `[source.NAME]`\n\nOptions of every source, besides its `kind`:\n\n";
  AddTable(InputOptions(kinds.codecs), out);
  AddKinds("[source.NAME]", kinds.sources, false, out);
  out += "## `[summary.NAME]`\n\n";
  AddTable(SummaryOptions(), out);
  out += "## `[log]`\n\n";
  AddKinds("[log]", kinds.logs, true, out);
  out += "## `[store]`\n\n";
  AddKinds("[store]", kinds.stores, true, out);
  out += "## `[server]`\n\n";
  AddTable(ServerOptions(), out);
  out.pop_back();
  return out;
}

}  // namespace sluice
