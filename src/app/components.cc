#include "app/components.h"

#include <algorithm>

namespace sluice {
namespace {

template <class Kind>
const Kind& FindKind(const std::vector<Kind>& kinds, const std::string& name) {
  return *std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return kind.facts.name == name; });
}

// What only the codecs know of a source's common options: paths, constants, time formats and zones. Each part
// is tried alone, so that every fault is told at its own key; the whole when each is fine.
class InputCheck {
 public:
  InputCheck(const StreamSpec& stream, const InputSpec& input, Faults& faults)
      : stream_(stream), input_(input), faults_(faults) {}

  void Run() {
    CheckTimes();
    for (const auto& [field, path] : input_.map) Try({.map = {{field, path}}}, "map." + field);
    for (const auto& [field, value] : input_.set) CheckConstant(field, value);
    if (!good_) return;
    DecodeSpec whole = times_;
    whole.map = input_.map;
    whole.set = input_.set;
    Try(whole, "");
  }

 private:
  void CheckTimes() {
    if (Try({.time_format = input_.time_format}, "time_format")) times_.time_format = input_.time_format;
    if (Try({.time_zone = input_.time_zone}, "time_zone")) times_.time_zone = input_.time_zone;
    times_good_ = good_;
  }

  // A constant may be a time, in the format and the zone of the source.
  void CheckConstant(const std::string& field, const std::string& value) {
    const int index = stream_.FieldIndex(field);
    const bool time = index >= 0 && stream_.fields[static_cast<size_t>(index)].type == FieldType::timestamp;
    if (time && !times_good_) return;
    DecodeSpec part = times_;
    part.set = {{field, value}};
    Try(part, "set." + field);
  }

  bool Try(const DecodeSpec& part, const std::string& option) {
    const auto decoder = MakeDecoder(CodecKind::ndjson, stream_, part);
    if (decoder.ok()) return true;
    faults_.Add(option, decoder.status().message());
    return good_ = false;
  }

  const StreamSpec& stream_;
  const InputSpec& input_;
  Faults& faults_;
  DecodeSpec times_;  // format and zone as far as they are good
  bool times_good_ = true;
  bool good_ = true;
};

void CheckInput(const StreamSpec& stream, const InputSpec& input, Faults& faults) {
  InputCheck(stream, input, faults).Run();
}

}  // namespace

ComponentKinds KindsOf(const Components& components) {
  ComponentKinds kinds;
  for (const SourceKind& kind : components.sources) kinds.sources.push_back(kind.facts);
  for (const LogKind& kind : components.logs) kinds.logs.push_back(kind.facts);
  for (const StoreKind& kind : components.stores) kinds.stores.push_back(kind.facts);
  for (const CodecKind kind : {CodecKind::json, CodecKind::ndjson, CodecKind::csv, CodecKind::parquet}) {
    kinds.codecs.emplace_back(CodecName(kind));
  }
  kinds.check_input = &CheckInput;
  return kinds;
}

const SourceKind& SourceKindOf(const ComponentSpec& source, const Components& components) {
  return FindKind(components.sources, source.kind);
}

const LogKind& LogKindOf(const PipelineSpec& spec, const Components& components) {
  return FindKind(components.logs, spec.log.kind);
}

const StoreKind& StoreKindOf(const PipelineSpec& spec, const Components& components) {
  return FindKind(components.stores, spec.store.kind);
}

SharedParts SharedPartsOf(const PipelineSpec& spec, const Components& components) {
  return {.log = LogKindOf(spec, components).shared, .store = StoreKindOf(spec, components).shared};
}

}  // namespace sluice
