#include "codecs/codec.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "codecs/csv_decoder.h"
#include "codecs/field_plan.h"
#include "codecs/json_decoder.h"
#include "codecs/ndjson_decoder.h"
#include "core/ascii.h"

namespace sluice {
namespace {

using Named = std::pair<std::string_view, CodecKind>;

constexpr std::array kNames = {Named{"json", CodecKind::json}, Named{"ndjson", CodecKind::ndjson},
                               Named{"csv", CodecKind::csv}, Named{"parquet", CodecKind::parquet}};
constexpr std::array kContentTypes = {Named{"application/json", CodecKind::json},
                                      Named{"application/x-ndjson", CodecKind::ndjson},
                                      Named{"application/ndjson", CodecKind::ndjson},
                                      Named{"application/jsonl", CodecKind::ndjson},
                                      Named{"application/x-jsonlines", CodecKind::ndjson},
                                      Named{"text/csv", CodecKind::csv},
                                      Named{"application/vnd.apache.parquet", CodecKind::parquet}};
constexpr std::array kEndings = {Named{".json", CodecKind::json}, Named{".ndjson", CodecKind::ndjson},
                                 Named{".jsonl", CodecKind::ndjson}, Named{".csv", CodecKind::csv},
                                 Named{".parquet", CodecKind::parquet}};

template <size_t N>
std::optional<CodecKind> Lookup(const std::array<Named, N>& names, std::string_view name) {
  const auto* const found =
      std::find_if(names.begin(), names.end(), [&](const Named& known) { return known.first == name; });
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

std::string_view CodecName(CodecKind kind) { return kNames[static_cast<size_t>(kind)].first; }

std::optional<CodecKind> CodecFromName(std::string_view name) { return Lookup(kNames, name); }

std::optional<CodecKind> CodecFromContentType(std::string_view content_type) {
  return Lookup(kContentTypes, LowerCase(Trim(content_type.substr(0, content_type.find(';')))));
}

std::optional<CodecKind> CodecFromPath(std::string_view path) {
  const std::string_view name = path.substr(path.find_last_of('/') + 1);
  const size_t dot = name.find_last_of('.');
  return dot == std::string_view::npos ? std::nullopt : Lookup(kEndings, LowerCase(name.substr(dot)));
}

Result<std::unique_ptr<Decoder>> MakeDecoder(CodecKind kind, const StreamSpec& stream,
                                             const DecodeSpec& spec) {
  SLUICE_ASSIGN(auto plan, FieldPlan::Make(stream, spec));
  switch (kind) {
    case CodecKind::json:
      return std::unique_ptr<Decoder>(new JsonDecoder(spec, std::move(plan)));
    case CodecKind::ndjson:
      return std::unique_ptr<Decoder>(new NdjsonDecoder(spec, std::move(plan)));
    case CodecKind::csv:
      return std::unique_ptr<Decoder>(new CsvDecoder(spec, std::move(plan)));
    case CodecKind::parquet:
      break;
  }
  return Status::Reject("codec parquet reads files only, not a stream of bytes");
}

}  // namespace sluice
