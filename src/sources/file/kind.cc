#include "sources/file/kind.h"

#include "sources/file/file_source.h"

namespace sluice {
namespace {

FileSourceSpec SpecOf(const ComponentSpec& component) {
  auto spec = component.As<FileSourceSpec>();
  spec.name = component.name;
  spec.decode = DecodeSpecOf(component);
  if (!component.input.codec.empty()) spec.codec = CodecFromName(component.input.codec);
  return spec;
}

void Check(const ComponentSpec& component, const StreamSpec&, Faults& faults) {
  for (const Contradiction& found : Contradictions(SpecOf(component)))
    faults.Add(found.option, found.message);
}

ComponentKind::Claim ClaimOf(const ComponentSpec& component) {
  const bool pipe = component.As<FileSourceSpec>().path == "-";
  return {.what = pipe ? "the standard input" : "", .option = "path"};
}

OptionSet Options() {
  return OptionTable<FileSourceSpec>()
      .AddPath("path", &FileSourceSpec::path,
               "a file, a pattern with *, ? and […], or - for the standard input")
      .Required()
      .Add("speed", &FileSourceSpec::speed,
           "0: as fast as possible; 1: as the event times say; 60: sixty times faster; a gap in the event "
           "times that "
           "would be waited for longer than an hour is skipped",
           {.min = 0})
      .Add("sort_by_time", &FileSourceSpec::sort_by_time,
           "bring in the whole input in order of event time; it must fit into `max_sorted`")
      .Add("max_sorted", &FileSourceSpec::max_sorted, "memory for `sort_by_time`", {.min = MiB(1)})
      .Add("repeat", &FileSourceSpec::repeat, "start again after the end")
      .Add("shift_to_now", &FileSourceSpec::shift_to_now,
           "the first reading bears the time at which it is brought in, the others keep their distance")
      .Add("follow", &FileSourceSpec::follow, "read on in files that grow, are rotated or appear");
}

Result<std::unique_ptr<Source>> MakeFileSource(const ComponentSpec& component, const SourceContext& context) {
  SLUICE_ASSIGN(auto source, FileSource::Make(SpecOf(component), context.intake,
                                              {.files = context.files, .make_decoder = &MakeDecoder}));
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace

SourceKind FileKind() {
  return {.facts = {.name = "file",
                    .sentence = "files, replayed or followed, resumed exactly where they were",
                    .options = Options(),
                    .check = &Check,
                    .claim = &ClaimOf},
          .make = &MakeFileSource};
}

}  // namespace sluice
