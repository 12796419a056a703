#include "sources/file/spec.h"

namespace sluice {

std::vector<Contradiction> Contradictions(const FileSourceSpec& spec) {
  const bool pipe = spec.path == "-";
  const bool parquet =
      spec.codec.value_or(CodecFromPath(spec.path).value_or(CodecKind::json)) == CodecKind::parquet;
  std::vector<Contradiction> found;
  const auto check = [&](bool contradicts, const char* option, const char* message) {
    if (contradicts) found.push_back({option, message});
  };
  check(spec.follow && spec.repeat, "repeat", "`follow` has no end that `repeat` could start again after");
  check(spec.follow && spec.sort_by_time, "sort_by_time", "`sort_by_time` needs an end, `follow` has none");
  check(spec.follow && parquet, "follow", "a Parquet file is written at once and cannot be followed");
  check(pipe && spec.follow, "follow", "the standard input is read to its end and cannot be followed");
  check(pipe && spec.repeat, "repeat", "the standard input can be read only once");
  check(pipe && spec.sort_by_time, "sort_by_time",
        "the standard input cannot be sorted; write it to a file first");
  check(pipe && parquet, "codec", "Parquet cannot be read from standard input; write it to a file first");
  return found;
}

}  // namespace sluice
