#include "app/components.h"

namespace sluice {
namespace {

// What only the codecs know of a source's common options: paths, time formats, zones.
void CheckInput(const StreamSpec& stream, const InputSpec& input, Faults& faults) {
  if (!stream.dedupe.empty()) {
    faults.Add("stream", "stream `" + stream.name + "` has `dedupe`, which this version does not do yet",
               "take it out; senders that repeat a request set Idempotency-Key");
  }
  DecodeSpec spec{
      .map = input.map, .set = input.set, .time_format = input.time_format, .time_zone = input.time_zone};
  if (const auto decoder = MakeDecoder(CodecKind::ndjson, stream, spec); !decoder.ok()) {
    faults.Add("", decoder.status().message());
  }
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

}  // namespace sluice
