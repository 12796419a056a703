// Codec: turns bytes into batches of a stream's readings. One decoder reads one input (a file, a request
// body) from its start to its end; sources own decoders and feed them. One bad reading becomes a dead entry
// and never takes its neighbours along (rule D5). A decoder is used by one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codecs/batch_builder.h"
#include "core/batch.h"
#include "core/schema.h"

namespace sluice {

// What a source says of its input; the same for every codec.
struct DecodeSpec {
  std::map<std::string, std::string> map;  // field → path in the input, dots descend
  std::map<std::string, std::string> set;  // field → constant, written as in the pipeline file
  std::string time_format;        // "", unix_s, unix_ms, unix_us, unix_ns or a strptime pattern with %f
  std::string time_zone = "UTC";  // of naive times: an IANA name or an offset
  std::string source;             // component name, for dead letters: "source.ambient"
  int64_t max_reading = 8 << 20;  // bytes of one reading; a longer one is one dead letter
};

class Decoder {
 public:
  virtual ~Decoder() = default;

  // Decodes whole readings from the start of `input` into `out`, until the input holds no further whole
  // reading or `out` is full. Returns how many bytes were used up; the caller offers the rest again, with
  // more behind it. `final`: nothing follows `input`, so a last line without a newline counts as whole, and
  // an unfinished reading as dead; say it at the end of every input, also when no byte is left. Using up 0
  // bytes while `out` is empty and not `final` asks for more input; the decoder bounds what it asks for by
  // DecodeSpec::max_reading. Never rejects for the content of a reading; rejects when nothing can be read at
  // all (a header without the key's column), with what to do about it.
  virtual Result<size_t> Decode(std::string_view input, bool final, BatchBuilder& out) = 0;

  // What a decoder needs to go on at a later byte of the same input (line number, CSV header), and its
  // return. An empty state is that of a new input, so a decoder can be used again.
  virtual std::string State() const = 0;
  virtual Status Restore(std::string_view state) = 0;
  // How many of the bytes used up belong to a reading that has not ended yet (an overlong one passing by).
  // State() is that before these bytes: who stores a place to resume at stores the place this many bytes
  // earlier.
  virtual int64_t Held() const { return 0; }
};

enum class CodecKind { json, ndjson, csv, parquet };
std::string_view CodecName(CodecKind kind);
std::optional<CodecKind> CodecFromName(std::string_view name);
// By content type ("application/json; charset=utf-8") or file ending (".csv", ".csv.gz" is not one).
std::optional<CodecKind> CodecFromContentType(std::string_view content_type);
std::optional<CodecKind> CodecFromPath(std::string_view path);

// A decoder of bytes in order: json, ndjson, csv. Rejects a spec that cannot work with this stream (an
// unknown field in `map` or `set`, a bad time format or zone), naming the option at fault.
Result<std::unique_ptr<Decoder>> MakeDecoder(CodecKind kind, const StreamSpec& stream,
                                             const DecodeSpec& spec);

}  // namespace sluice
