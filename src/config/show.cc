#include <fmt/format.h>

#include "config/load.h"
#include "config/server.h"
#include "config/sources.h"

namespace sluice {
namespace {

void ShowOptions(const OptionSet& set, const std::any& spec, std::string& out) {
  for (const Option& option : set.options()) {
    const auto value = option.show(spec);
    if (value && *value != "\"\"" && *value != "[]" && *value != "{}") {
      out += fmt::format("{} = {}\n", option.name, *value);
    }
  }
}

void ShowComponent(const ComponentSpec& component, const std::vector<ComponentKind>& kinds,
                   const std::vector<std::string>& codecs, std::string& out) {
  const ComponentKind* kind = FindKind(kinds, component.kind);
  if (kind == nullptr) return;
  out += fmt::format("\n[{}]\nkind = \"{}\"\n", component.Title(), component.kind);
  if (component.section == "source") ShowOptions(InputOptions(codecs), component.input, out);
  ShowOptions(kind->options, component.options, out);
}

void ShowStream(const StreamSpec& stream, std::string& out) {
  std::string fields;
  for (const Field& field : stream.fields) {
    fields += fmt::format("{}{} = \"{}\"", fields.empty() ? "" : ", ", field.name, FieldTypeName(field.type));
  }
  out += fmt::format("\n[stream.{}]\nfields = {{ {} }}\npartitions = {}\n", stream.name, fields,
                     stream.partitions);
}

}  // namespace

std::string ShowPipeline(const PipelineSpec& spec, const ComponentKinds& kinds) {
  std::string out;
  ShowOptions(SettingOptions(), PipelineSettings{.data_dir = spec.data_dir, .memory = spec.memory}, out);
  for (const StreamSpec& stream : spec.streams) ShowStream(stream, out);
  for (const ComponentSpec& source : spec.sources) ShowComponent(source, kinds.sources, kinds.codecs, out);
  for (const SummarySpec& summary : spec.summaries) {
    out += fmt::format("\n[summary.{}]\nstream = \"{}\"\nevery = {}\n", summary.name, summary.stream,
                       ShowValue(summary.every));
  }
  ShowComponent(spec.log, kinds.logs, {}, out);
  ShowComponent(spec.store, kinds.stores, {}, out);
  out += "\n[server]\n";
  ShowOptions(ServerOptions(), spec.server, out);
  return out;
}

}  // namespace sluice
