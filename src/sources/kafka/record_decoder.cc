#include "sources/kafka/record_decoder.h"

#include <charconv>

#include <fmt/format.h>
#include <simdjson.h>

#include "core/json_text.h"
#include "core/utf8.h"

namespace sluice {
namespace {

namespace od = simdjson::ondemand;

bool IsInteger(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

enum class Found { yes, no, broken };

Found FindMember(od::object& object, const std::string& name, od::value* value) {
  for (auto field : object) {
    std::string_view key;
    if (field.error() || field.unescaped_key().get(key)) return Found::broken;
    if (key != name) continue;
    return field.value().get(*value) ? Found::broken : Found::yes;
  }
  return Found::no;
}

// What stands behind the path's first `at` names: the key, in as many objects as names are left.
std::string ValueText(const KeyMember& member, size_t at, std::string_view key) {
  if (at < member.path.size()) {
    return fmt::format("{{{}:{}}}", JsonText(member.path[at]), ValueText(member, at + 1, key));
  }
  return member.type == FieldType::integer && IsInteger(key) ? std::string(key) : JsonText(key);
}

std::string MemberText(const KeyMember& member, size_t at, std::string_view key) {
  return fmt::format("{}:{}", JsonText(member.path[at]), ValueText(member, at + 1, key));
}

// As the first member of the object whose brace stands before `at`.
std::string Inserted(std::string_view value, size_t at, const std::string& member) {
  const size_t first = value.find_first_not_of(" \t\r\n", at);
  const bool empty = first != std::string_view::npos && value[first] == '}';
  return fmt::format("{}{}{}{}", value.substr(0, at), member, empty ? "" : ",", value.substr(at));
}

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> names;
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    names.emplace_back(path.substr(0, dot));
    path.remove_prefix(dot + 1);
  }
  names.emplace_back(path);
  return names;
}

}  // namespace

std::string WithKey(const KeyMember& member, std::string_view key, std::string_view value) {
  const simdjson::padded_string padded(value);
  const auto offset_of = [&](std::string_view token) {
    return static_cast<size_t>(token.data() - padded.data());
  };
  od::parser parser;
  od::document document;
  od::object object;
  std::string_view token;
  if (parser.iterate(padded).get(document) || document.raw_json_token().get(token)) return std::string(value);
  size_t brace = offset_of(token);
  if (document.get_object().get(object)) return std::string(value);
  for (size_t at = 0; at < member.path.size(); ++at) {
    od::value found;
    const auto outcome = FindMember(object, member.path[at], &found);
    if (outcome == Found::broken) return std::string(value);
    if (outcome == Found::no) return Inserted(value, brace + 1, MemberText(member, at, key));
    token = found.raw_json_token();
    // Null is as good as absent.
    if (token.starts_with("null")) {
      return std::string(value).replace(offset_of(token), 4, ValueText(member, at + 1, key));
    }
    brace = offset_of(token);
    if (at + 1 == member.path.size() || found.get_object().get(object)) break;
  }
  return std::string(value);
}

Result<std::unique_ptr<RecordDecoder>> RecordDecoder::Make(CodecKind codec, const StreamSpec& stream,
                                                           const DecodeSpec& spec,
                                                           const std::optional<std::string>& key_field) {
  std::optional<KeyMember> member;
  if (key_field) {
    const int at = stream.FieldIndex(*key_field);
    if (at < 0)
      return Status::Reject(fmt::format("key_field: stream {} has no field '{}'", stream.name, *key_field));
    if (codec != CodecKind::json) return Status::Reject("key_field goes with codec = \"json\"");
    member = KeyMember{.path = {*key_field}, .type = stream.fields[static_cast<size_t>(at)].type};
    // It is named as the input calls the field.
    if (const auto mapped = spec.map.find(*key_field); mapped != spec.map.end()) {
      member->path = SplitPath(mapped->second);
    }
  }
  SLUICE_ASSIGN(auto decoder, MakeDecoder(codec, stream, spec));
  return std::unique_ptr<RecordDecoder>(new RecordDecoder(std::move(decoder), std::move(member)));
}

void RecordDecoder::Decode(std::optional<std::string_view> key, std::optional<std::string_view> value,
                           BatchBuilder& out) {
  if (!value) return out.Abandon("a record without a value", "", "");
  std::string joined;
  std::string_view rest = *value;
  if (key_member_ && key) {
    const bool text = IsUtf8(*key);
    joined = WithKey(*key_member_, text ? *key : "", *value);
    if (!text && joined != *value) return out.Abandon("its key is not UTF-8", "", *value);
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
