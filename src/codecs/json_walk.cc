#include "codecs/json_walk.h"

#include <algorithm>
#include <cstring>

#include "codecs/decimal.h"
#include "codecs/eight_bytes.h"
#include "codecs/json_checker.h"

namespace sluice {
namespace {

namespace od = simdjson::ondemand;

bool HasBackslash(std::string_view text) {
  const char* p = text.data();
  size_t n = text.size();
  for (; n >= 8; p += 8, n -= 8) {
    if (BytesEqual(EightBytes(p), '\\') != 0) return true;
  }
  for (; n > 0; ++p, --n) {
    if (*p == '\\') return true;
  }
  return false;
}

bool IsScalar(std::string_view token) {
  Decimal number;
  return token == "null" || token == "true" || token == "false" || ParseDecimal(token, &number);
}

JsonFault WalkObject(od::value& value, int depth, JsonKeys& keys) {
  od::object object;
  if (const auto error = value.get_object().get(object)) return FaultOf(error);
  const size_t mark = keys.Mark();
  for (auto result : object) {
    if (result.error() != simdjson::SUCCESS) return FaultOf(result.error());
    od::field&& field = std::move(result).value_unsafe();
    std::string_view name;
    if (const JsonFault fault = KeyName(field, &name); fault != JsonFault::none) return fault;
    keys.Add(name);
    if (const JsonFault fault = WalkJson(field.value(), depth, keys); fault != JsonFault::none) return fault;
  }
  return keys.AnyRepeated(mark) ? JsonFault::repeated : JsonFault::none;
}

JsonFault WalkArray(od::value& value, int depth, JsonKeys& keys) {
  od::array array;
  if (const auto error = value.get_array().get(array)) return FaultOf(error);
  for (auto result : array) {
    od::value element;
    if (const auto error = std::move(result).get(element)) return FaultOf(error);
    if (const JsonFault fault = WalkJson(element, depth, keys); fault != JsonFault::none) return fault;
  }
  return JsonFault::none;
}

}  // namespace

const char* JsonFaultReason(JsonFault fault) {
  switch (fault) {
    case JsonFault::text:
      return "a string holds bytes that are not UTF-8, a control character or a bad escape";
    case JsonFault::depth:
      return "nested deeper than 32";
    case JsonFault::repeated:
      return "a key is repeated in one object";
    default:
      return "is not valid JSON";
  }
}

JsonFault FaultOf(simdjson::error_code error) {
  switch (error) {
    case simdjson::SUCCESS:
      return JsonFault::none;
    case simdjson::UTF8_ERROR:
    case simdjson::STRING_ERROR:
    case simdjson::UNESCAPED_CHARS:
      return JsonFault::text;
    case simdjson::DEPTH_ERROR:
      return JsonFault::depth;
    default:
      return JsonFault::syntax;
  }
}

std::string_view RawKey(const char* raw) {
  const char* p = raw;
  for (; *p != '"'; ++p) {
    if (*p == '\\') ++p;
  }
  return {raw, static_cast<size_t>(p - raw)};
}

bool JsonKeys::AnyRepeated(size_t mark) {
  const auto first = keys_.begin() + static_cast<ptrdiff_t>(mark);
  bool found = false;
  if (keys_.size() - mark <= 8) {
    for (auto key = first; key != keys_.end(); ++key) found |= std::find(first, key, *key) != key;
  } else {
    std::sort(first, keys_.end());
    found = std::adjacent_find(first, keys_.end()) != keys_.end();
  }
  keys_.erase(first, keys_.end());
  return found;
}

JsonFault KeyName(od::field& field, std::string_view* out) {
  *out = RawKey(field.key().raw());
  if (std::memchr(out->data(), '\\', out->size()) == nullptr) return JsonFault::none;
  return FaultOf(field.unescaped_key().get(*out));
}

JsonFault StringText(od::value& value, std::string_view token, std::string_view* out) {
  if (token.size() < 2 || token.back() != '"') return JsonFault::syntax;
  *out = token.substr(1, token.size() - 2);
  if (!HasBackslash(*out)) return JsonFault::none;
  return FaultOf(value.get_string().get(*out));
}

JsonFault WalkJson(od::value& value, int depth, JsonKeys& keys) {
  const std::string_view token = TrimToken(value.raw_json_token());
  if (token.empty()) return JsonFault::syntax;
  switch (token.front()) {
    case '{':
      return depth < kMaxJsonDepth ? WalkObject(value, depth + 1, keys) : JsonFault::depth;
    case '[':
      return depth < kMaxJsonDepth ? WalkArray(value, depth + 1, keys) : JsonFault::depth;
    case '"': {
      std::string_view text;
      return StringText(value, token, &text);
    }
    default:
      return IsScalar(token) ? JsonFault::none : JsonFault::syntax;
  }
}

struct JsonChecker::Parser {
  od::parser parser;
  JsonKeys keys;
};

JsonChecker::JsonChecker() = default;
JsonChecker::~JsonChecker() = default;

const char* JsonChecker::Check(std::string_view text) {
  if (!parser_) parser_ = std::make_unique<Parser>();
  // As the one element of an array, so that any kind of value can be walked.
  padded_.assign("[").append(text).append("]");
  const size_t length = padded_.size();
  padded_.resize(length + simdjson::SIMDJSON_PADDING, ' ');
  od::document document;
  od::array array;
  if (const auto error = parser_->parser.iterate(padded_.data(), length, padded_.size()).get(document)) {
    return JsonFaultReason(FaultOf(error));
  }
  if (const auto error = document.get_array().get(array)) return JsonFaultReason(FaultOf(error));
  parser_->keys.Clear();
  int elements = 0;
  for (auto result : array) {
    od::value value;
    if (const auto error = std::move(result).get(value)) return JsonFaultReason(FaultOf(error));
    if (const JsonFault fault = WalkJson(value, 0, parser_->keys); fault != JsonFault::none)
      return JsonFaultReason(fault);
    ++elements;
  }
  return elements == 1 && AtEnd(document) ? nullptr : JsonFaultReason(JsonFault::syntax);
}

}  // namespace sluice
