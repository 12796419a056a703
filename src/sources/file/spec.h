// FileSourceSpec: files to be brought in, as the pipeline file declares them ([source.NAME] kind = "file").
// Values; checked by FileSource::Make, and by the pipeline file before it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codecs/codec.h"
#include "core/bytes.h"

namespace sluice {

struct FileSourceSpec {
  std::string name;
  std::string path;           // a file, a pattern (*, ?, […]) or - for the standard input
  double speed = 0;           // 0: as fast as possible; 1: as the event times say; 60: sixty times faster
  bool sort_by_time = false;  // the whole input, within max_sorted
  bool repeat = false;        // start again after the end
  bool shift_to_now = false;  // the first reading bears the time at which it is brought in, the others follow
  bool follow = false;        // read on in files that grow, are rotated or appear
  ByteSize max_sorted = MiB(128);  // memory for sort_by_time
  std::optional<CodecKind> codec;  // otherwise by the ending of the path
  DecodeSpec decode;
};

// Options that cannot work, by themselves or together: `option` is the one to change or take out.
struct Contradiction {
  std::string option;
  std::string message;
};
std::vector<Contradiction> Contradictions(const FileSourceSpec& spec);

bool IsPattern(std::string_view path);
// By its ending; no codec here unpacks.
bool IsCompressed(std::string_view path);

}  // namespace sluice
