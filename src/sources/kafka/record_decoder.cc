#include "sources/kafka/record_decoder.h"

#include <charconv>

#include <fmt/format.h>

#include "core/json_text.h"
#include "core/utf8.h"

namespace sluice {
namespace {

bool IsInteger(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string WithKey(const Field& field, std::string_view key, std::string_view value) {
  const size_t open = value.find_first_not_of(" \t\r\n");
  if (open == std::string_view::npos || value[open] != '{') return std::string(value);
  const size_t first = value.find_first_not_of(" \t\r\n", open + 1);
  const bool empty = first != std::string_view::npos && value[first] == '}';
  const bool bare = field.type == FieldType::integer && IsInteger(key);
  return fmt::format("{{{}:{}{}{}", JsonText(field.name), bare ? std::string(key) : JsonText(key),
                     empty ? "" : ",", value.substr(open + 1));
}

Result<std::unique_ptr<RecordDecoder>> RecordDecoder::Make(CodecKind codec, const StreamSpec& stream,
                                                           const DecodeSpec& spec,
                                                           const std::optional<std::string>& key_field) {
  std::optional<Field> field;
  if (key_field) {
    const int at = stream.FieldIndex(*key_field);
    if (at < 0)
      return Status::Reject(fmt::format("key_field: stream {} has no field '{}'", stream.name, *key_field));
    if (codec != CodecKind::json) return Status::Reject("key_field goes with codec = \"json\"");
    field = stream.fields[static_cast<size_t>(at)];
    // The member is named as the input calls the field.
    if (const auto mapped = spec.map.find(*key_field); mapped != spec.map.end()) field->name = mapped->second;
  }
  SLUICE_ASSIGN(auto decoder, MakeDecoder(codec, stream, spec));
  return std::unique_ptr<RecordDecoder>(new RecordDecoder(std::move(decoder), std::move(field)));
}

void RecordDecoder::Decode(std::optional<std::string_view> key, std::optional<std::string_view> value,
                           BatchBuilder& out) {
  if (!value) return out.Abandon("a record without a value", "", "");
  std::string joined;
  std::string_view rest = *value;
  if (key_field_ && key) {
    if (!IsUtf8(*key)) return out.Abandon("its key is not UTF-8", "", *value);
    joined = WithKey(*key_field_, *key, *value);
    rest = joined;
  }
  const int64_t before = out.Count();
  (void)decoder_->Restore({});
  while (!rest.empty()) {
    const Result<size_t> used = decoder_->Decode(rest, true, out);
    if (!used.ok()) return out.Abandon(used.status().message(), "", rest);
    if (*used == 0) return out.Abandon("cannot be read", "", rest);
    rest.remove_prefix(*used);
  }
  if (out.Count() == before) out.Abandon("holds no reading", "", *value);
}

}  // namespace sluice
