#include "log/embedded/stream_copy.h"

#include "log/embedded/crc32c.h"
#include "log/embedded/wire.h"

namespace sluice::embedded {
namespace {
constexpr std::string_view kMagic = "SLS1";
}

std::string StreamCopyPath(const std::string& directory) { return directory + "/streams"; }

std::string EncodeStreamCopy(const Catalog& catalog) {
  WireWriter records;
  for (const auto& [name, stream] : catalog) {
    records.PutText(StreamKey(stream->id));
    records.PutText(EncodeStream(stream->spec, stream->schema));
    for (const auto& [id, schema] : stream->schemas) {
      records.PutText(SchemaKey(stream->id, id));
      records.PutText(EncodeSchema(*schema));
    }
  }
  const std::string body = records.Take();
  WireWriter out;
  out.Put(Crc32c(body));
  return std::string(kMagic) + out.Take() + body;
}

std::map<std::string, std::string> DecodeStreamCopy(std::string_view bytes) {
  std::map<std::string, std::string> records;
  if (!bytes.starts_with(kMagic)) return records;
  WireReader in(bytes.substr(kMagic.size()));
  const auto crc = in.Get<uint32_t>();
  if (!in.ok() || crc != Crc32c(bytes.substr(kMagic.size() + sizeof crc))) return records;
  while (in.ok() && !in.Done()) {
    const std::string key(in.GetText());
    const std::string value(in.GetText());
    if (in.ok()) records[key] = value;
  }
  return records;
}

}  // namespace sluice::embedded
