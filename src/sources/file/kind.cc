#include "sources/file/kind.h"

#include "sources/file/file_source.h"

namespace sluice {
namespace {

void Check(const FileSourceSpec& spec, Faults& faults) {
  const bool pipe = spec.path == "-";
  if (spec.follow && spec.repeat)
    faults.Add("repeat", "`follow` has no end that `repeat` could start again after");
  if (spec.follow && spec.sort_by_time)
    faults.Add("sort_by_time", "`sort_by_time` needs an end, `follow` has none");
  if (spec.follow && CodecFromPath(spec.path) == CodecKind::parquet)
    faults.Add("follow", "a Parquet file is written at once and cannot be followed");
  if (!pipe) return;
  if (spec.follow) faults.Add("follow", "the standard input is read to its end and cannot be followed");
  if (spec.repeat) faults.Add("repeat", "the standard input can be read only once");
  if (spec.sort_by_time)
    faults.Add("sort_by_time", "the standard input cannot be sorted", "write it to a file first");
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
      .Add("follow", &FileSourceSpec::follow, "read on in files that grow, are rotated or appear")
      .Check(&Check);
}

Result<std::unique_ptr<Source>> MakeFileSource(const ComponentSpec& component, const SourceContext& context) {
  auto spec = component.As<FileSourceSpec>();
  spec.name = component.name;
  spec.decode = DecodeSpecOf(component);
  if (!component.input.codec.empty()) spec.codec = CodecFromName(component.input.codec);
  SLUICE_ASSIGN(auto source, FileSource::Make(std::move(spec), context.intake,
                                              {.files = context.files, .make_decoder = &MakeDecoder}));
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace

SourceKind FileKind() {
  return {.facts = {.name = "file",
                    .sentence = "files, replayed or followed, resumed exactly where they were",
                    .options = Options()},
          .make = &MakeFileSource};
}

}  // namespace sluice
