#include "sources/kafka/kind.h"

#include "sources/kafka/kafka_source.h"

namespace sluice {
namespace {

KafkaSourceSpec SpecOf(const ComponentSpec& component) {
  auto spec = component.As<KafkaSourceSpec>();
  spec.name = component.name;
  spec.decode = DecodeSpecOf(component);
  spec.codec = CodecFromName(component.input.codec).value_or(CodecKind::json);
  return spec;
}

void Check(const ComponentSpec& component, const StreamSpec& stream, Faults& faults) {
  const KafkaSourceSpec spec = SpecOf(component);
  if (spec.key_field && stream.FieldIndex(*spec.key_field) < 0) {
    faults.Add("key_field", "stream '" + stream.name + "' has no field '" + *spec.key_field + "'");
  }
  if (spec.key_field && spec.codec != CodecKind::json) {
    faults.Add("key_field", "`key_field` goes with codec = \"json\"");
  }
  if (spec.codec == CodecKind::parquet) faults.Add("codec", "a record of a topic is no Parquet file");
}

OptionSet Options() {
  OptionTable<KafkaSourceSpec> table;
  return kafka::AddConnection(table)
      .Add("topic", &KafkaSourceSpec::topic, "the topic to bring in, from its oldest record on")
      .Required()
      .Add("key_field", &KafkaSourceSpec::key_field,
           "the field that takes a record's key where its JSON holds no value for it; where it does, the "
           "JSON's wins")
      .Add("read_ahead", &KafkaSourceSpec::read_ahead, "how much may be fetched and not yet brought in",
           {.min = MiB(1)});
}

Result<std::unique_ptr<Source>> MakeKafkaSource(const ComponentSpec& component,
                                                const SourceContext& context) {
  SLUICE_ASSIGN(auto source, KafkaSource::Make(SpecOf(component), context.intake));
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace

SourceKind KafkaSourceKind() {
  return {.facts = {.name = "kafka",
                    .sentence = "a topic that somebody else writes, each committed record once",
                    .options = Options(),
                    .check = &Check},
          .make = &MakeKafkaSource};
}

}  // namespace sluice
