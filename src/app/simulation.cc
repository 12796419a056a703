#include "app/simulation.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/console/json_table.h"
#include "config/diagnostic.h"
#include "core/json_text.h"

namespace sluice {
namespace {

// Cuts `text` at the first `at`; what follows it stays in `text`.
std::string_view CutAt(std::string_view& text, char at) {
  const size_t end = std::min(text.find(at), text.size());
  const std::string_view first = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return first;
}

bool IsWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
}

std::string ValueToml(std::string_view name, std::string_view value) {
  if (name == "of") {
    std::string list;
    while (!value.empty()) list += (list.empty() ? "" : ", ") + JsonText(CutAt(value, '|'));
    return "[" + list + "]";
  }
  return IsNumber(value) ? std::string(value) : JsonText(value);
}

struct SimulatedField {
  std::string name;
  std::string generator;  // TOML
  std::string type;
};

Result<SimulatedField> ReadField(std::string_view text) {
  const std::string whole(text);
  const std::string_view name = CutAt(text, '=');
  if (!IsWord(name))
    return Status::Reject("--field " + whole + ": a field is NAME=GENERATOR, as in temperature=walk");
  SLUICE_ASSIGN(std::string generator, GeneratorToml(text));
  const std::string_view kind = CutAt(text, ':');
  const char* type = kind == "choice" ? "string" : kind == "counter" ? "int" : "double";
  return SimulatedField{std::string(name), std::move(generator), type};
}

Result<std::vector<SimulatedField>> FieldsOf(const SimulationOptions& options) {
  std::vector<SimulatedField> fields;
  for (const std::string& text : options.fields) {
    auto field = ReadField(text);
    if (!field.ok()) return field.status();
    fields.push_back(*std::move(field));
  }
  if (!fields.empty()) return fields;
  const std::string walk = "{ walk = { start = 20, step = 0.1 } }";
  for (const auto& [name, type] : options.declared) {
    if (name != options.key && (type == "double" || type == "int")) fields.push_back({name, walk, type});
  }
  if (options.declared.empty()) fields.push_back({"temperature", walk, "double"});
  return fields;
}

std::string PipelineText(const SimulationOptions& options, const std::vector<SimulatedField>& fields) {
  std::map<std::string, std::string> types = options.declared;
  if (types.empty()) {
    types = {{options.key, "string"}, {options.time, "timestamp"}};
    for (const SimulatedField& field : fields) types[field.name] = field.type;
  }
  std::string list;
  for (const auto& [name, type] : types)
    list += fmt::format("{}{} = \"{}\"", list.empty() ? "" : ", ", JsonText(name), type);
  std::string text =
      fmt::format("[stream.simulated]\ntime = {}\nfields = {{ {} }}\n", JsonText(options.time), list);
  if (!options.key.empty()) text += fmt::format("key = {}\n", JsonText(options.key));
  text += fmt::format(
      "[source.simulate]\nkind = \"simulator\"\nstream = \"simulated\"\ndevices = {}\nrate = {:.6f}\n",
      options.devices, options.rate);
  if (options.count) text += fmt::format("count = {}\n", *options.count);
  if (options.seed) text += fmt::format("seed = {}\n", *options.seed);
  for (const SimulatedField& field : fields)
    text += fmt::format("values.{} = {}\n", field.name, field.generator);
  return text;
}

}  // namespace

Result<std::string> GeneratorToml(std::string_view text) {
  const std::string whole(text);
  const std::string_view kind = CutAt(text, ':');
  if (!IsWord(kind)) return Status::Reject("'" + whole + "' is no generator such as walk:start=20,step=0.1");
  std::string options;
  while (!text.empty()) {
    std::string_view value = CutAt(text, ',');
    const std::string_view name = CutAt(value, '=');
    if (!IsWord(name) || value.empty()) {
      return Status::Reject("'" + whole +
                            "': options are NAME=VALUE apart by commas, as in walk:start=20,step=0.1");
    }
    options += fmt::format("{}{} = {}", options.empty() ? "" : ", ", name, ValueToml(name, value));
  }
  return fmt::format("{{ {} = {{ {} }} }}", kind, options);
}

Result<Simulation> MakeSimulation(const SimulationOptions& options, const ComponentKinds& kinds) {
  SLUICE_ASSIGN(const std::vector<SimulatedField> fields, FieldsOf(options));
  const LoadOutcome loaded =
      ParsePipeline(PipelineText(options, fields), "simulate", Environment{}, kinds, SystemFiles());
  if (!loaded.ok()) {
    std::string errors;
    for (const Diagnostic& error : loaded.errors) errors += (errors.empty() ? "" : "; ") + error.message;
    return Status::Reject(errors);
  }
  return Simulation{loaded.spec.streams[0], loaded.spec.sources[0].As<SimulatorSpec>()};
}

Status TakeDeclared(std::string_view streams_json, SimulationOptions& options) {
  SLUICE_ASSIGN(const std::vector<std::string> streams, JsonElements(streams_json));
  std::string known;
  for (const std::string& stream : streams) {
    const std::string name = JsonMember(stream, "/name");
    known += (known.empty() ? "" : ", ") + name;
    if (name != options.stream) continue;
    options.key = JsonMember(stream, "/key");
    options.time = JsonMember(stream, "/time");
    for (int i = 0;; ++i) {
      const std::string field = JsonMember(stream, fmt::format("/fields/{}/name", i));
      if (field.empty()) return {};
      options.declared[field] = JsonMember(stream, fmt::format("/fields/{}/type", i));
    }
  }
  return Status::Reject("there is no stream '" + options.stream + "'; known: " + known);
}

}  // namespace sluice
