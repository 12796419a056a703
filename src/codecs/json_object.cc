#include "codecs/json_object.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "codecs/flat_object.h"
#include "codecs/json_paths.h"
#include "codecs/json_walk.h"
#include "codecs/text.h"

namespace sluice {
namespace {

namespace od = simdjson::ondemand;

// Behind a text this large the parser is made anew, so that one large reading does not hold memory for ever.
constexpr size_t kKeptCapacity = 1 << 20;
// Behind an object that was none for the shortcut so many are not tried: they are likely none either.
constexpr int kNotTried = 16;

}  // namespace

class JsonObjectReader::Impl {
 public:
  explicit Impl(FieldPlan& plan)
      : plan_(plan),
        flat_(plan),
        paths_(plan),
        unknown_(plan.stream().unknown),
        parser_(std::make_unique<od::parser>()) {}

  // From now on as many bytes behind `text` are readable as simdjson wants.
  void Pad(std::string_view& text, size_t& readable);
  bool ReadFlat(std::string_view text, BatchBuilder& out);
  Outcome Read(std::string_view text, size_t readable, BatchBuilder& out);
  const std::string& reason() const { return reason_; }

 private:
  using Node = JsonPaths::Node;
  using Slot = JsonPaths::Slot;

  JsonFault ReadDocument(std::string_view text, size_t readable);
  JsonFault ReadObject(od::object& object, Node& node, int depth);
  JsonFault ReadField(const char* raw_key, od::value& value, Slot& slot, int depth);
  JsonFault ReadInner(const char* raw_key, od::value& value, Slot& slot, int depth);
  JsonFault ReadContainer(od::value& value, Slot& slot, std::string_view kind, int depth);
  JsonFault ReadString(od::value& value, Slot& slot, std::string_view token);
  JsonFault ReadScalar(Slot& slot, std::string_view token);
  JsonFault ReadUnknown(const char* raw_key, od::value& value, int depth);
  JsonFault GiveText(const Slot& slot, const char* begin);

  JsonFault Refuse(const char* reason) {
    if (reason == nullptr) return JsonFault::none;
    reason_ = reason;
    return JsonFault::value;
  }
  JsonFault Refuse(int field, std::string_view what) {
    reason_ = fmt::format("field '{}': {}", plan_.stream().fields[static_cast<size_t>(field)].name, what);
    return JsonFault::value;
  }
  FieldType TypeOf(int field) const { return plan_.stream().fields[static_cast<size_t>(field)].type; }
  // The text from `begin` to where the parser stands, without the blanks between.
  std::optional<std::string_view> TextFrom(const char* begin);
  void KeepMember(const char* raw_key, std::string_view value);

  FieldPlan& plan_;
  FlatObjectReader flat_;
  int not_tried_ = 0;  // objects to come for which flat_ is not tried
  JsonPaths paths_;
  const UnknownFields unknown_;
  std::unique_ptr<od::parser> parser_;
  std::string padded_;
  std::string reason_;

  // Of the reading under way.
  BatchBuilder* out_ = nullptr;
  uint64_t reading_ = 0;
  od::document* document_ = nullptr;
  JsonKeys keys_;
  std::string extra_;
};

void JsonObjectReader::Impl::Pad(std::string_view& text, size_t& readable) {
  if (readable >= text.size() + simdjson::SIMDJSON_PADDING) return;
  padded_.assign(text);
  padded_.resize(text.size() + simdjson::SIMDJSON_PADDING, ' ');
  readable = padded_.size();
  text = std::string_view(padded_).substr(0, text.size());
}

bool JsonObjectReader::Impl::ReadFlat(std::string_view text, BatchBuilder& out) {
  if (text.size() > kKeptCapacity) return false;
  if (not_tried_ > 0) {
    --not_tried_;
    return false;
  }
  if (flat_.Read(text, out)) return true;
  not_tried_ = kNotTried;
  return false;
}

JsonObjectReader::Outcome JsonObjectReader::Impl::Read(std::string_view text, size_t readable,
                                                       BatchBuilder& out) {
  out_ = &out;
  ++reading_;
  reason_.clear();
  JsonFault fault = ReadDocument(text, readable);
  if (fault == JsonFault::none) fault = Refuse(plan_.SetConstants(out));
  if (fault == JsonFault::none && unknown_ == UnknownFields::keep && extra_.size() > 1) {
    extra_ += '}';
    out.SetExtra(extra_);
  }
  if (fault == JsonFault::none) fault = Refuse(out.EndReading());
  if (text.size() > kKeptCapacity) {
    parser_ = std::make_unique<od::parser>();
    padded_ = std::string();
  }
  if (fault == JsonFault::none) return row;
  if (reason_.empty()) reason_ = JsonFaultReason(fault);
  return fault == JsonFault::syntax ? broken : bad;
}

JsonFault JsonObjectReader::Impl::ReadDocument(std::string_view text, size_t readable) {
  if (text.empty() || text.front() != '{') {
    reason_ = fmt::format("is not a JSON object: {}", Excerpt(text));
    return JsonFault::value;
  }
  keys_.Clear();
  extra_ = "{";
  auto parsed = parser_->iterate(text.data(), text.size(), readable);
  if (parsed.error() != simdjson::SUCCESS) return FaultOf(parsed.error());
  od::document&& document = std::move(parsed).value_unsafe();  // in place
  document_ = &document;
  od::object object;
  if (const auto error = document.get_object().get(object)) return FaultOf(error);
  const JsonFault fault = ReadObject(object, paths_.root(), 1);
  if (fault != JsonFault::none) return fault;
  return AtEnd(document) ? JsonFault::none : JsonFault::syntax;
}

JsonFault JsonObjectReader::Impl::ReadObject(od::object& object, Node& node, int depth) {
  const size_t mark = keys_.Mark();
  Slot** expected = &node.first;
  for (auto result : object) {
    if (result.error() != simdjson::SUCCESS) return FaultOf(result.error());
    od::field&& field =
        std::move(result).value_unsafe();           // in place: a copy of it costs more than all else here
    const char* const raw_key = field.key().raw();  // first: the key is consumed by unescaping it
    Slot* slot = node.Guess(raw_key, &expected);
    JsonFault fault = JsonFault::none;
    if (slot == nullptr) {
      std::string_view name;
      fault = KeyName(field, &name);
      if (fault != JsonFault::none) return fault;
      slot = node.Find(name, &expected);
      if (slot == nullptr) keys_.Add(name);
    }
    if (slot == nullptr) {
      fault = ReadUnknown(raw_key, field.value(), depth);
    } else if (slot->seen_in == reading_) {
      reason_ = fmt::format("the key '{}' is repeated", Excerpt(slot->name));
      fault = JsonFault::repeated;
    } else {
      slot->seen_in = reading_;
      fault = ReadField(raw_key, field.value(), *slot, depth);
    }
    if (fault != JsonFault::none) return fault;
  }
  return keys_.Mark() > mark && keys_.AnyRepeated(mark) ? JsonFault::repeated : JsonFault::none;
}

JsonFault JsonObjectReader::Impl::ReadField(const char* raw_key, od::value& value, Slot& slot, int depth) {
  const std::string_view token = TrimToken(value.raw_json_token());
  if (token.empty()) return JsonFault::syntax;
  const char first = token.front();
  if (slot.inner && first == '{') return ReadInner(raw_key, value, slot, depth);
  if (slot.inner && slot.fields.empty() && token != "null") return ReadUnknown(raw_key, value, depth);
  switch (first) {
    case '{':
      return ReadContainer(value, slot, "an object", depth);
    case '[':
      return ReadContainer(value, slot, "an array", depth);
    case '"':
      return ReadString(value, slot, token);
    default:
      return ReadScalar(slot, token);
  }
}

// An object with keys that are fields of their own; it may be a json field as a whole besides.
JsonFault JsonObjectReader::Impl::ReadInner(const char* raw_key, od::value& value, Slot& slot, int depth) {
  if (depth >= kMaxJsonDepth) return JsonFault::depth;
  const char* const begin = value.raw_json_token().data();
  od::object object;
  if (const auto error = value.get_object().get(object)) return FaultOf(error);
  const size_t before = extra_.size();
  if (unknown_ == UnknownFields::keep) KeepMember(raw_key, "{");
  const size_t opened = extra_.size();
  if (const JsonFault fault = ReadObject(object, *slot.inner, depth + 1); fault != JsonFault::none)
    return fault;
  if (extra_.size() == opened) {
    extra_.resize(before);
  } else {
    extra_ += '}';
  }
  return GiveText(slot, begin);
}

JsonFault JsonObjectReader::Impl::ReadContainer(od::value& value, Slot& slot, std::string_view kind,
                                                int depth) {
  for (const int field : slot.fields) {
    if (TypeOf(field) != FieldType::json) {
      return Refuse(field, fmt::format("{} is not a {}", kind, FieldTypeName(TypeOf(field))));
    }
  }
  const char* const begin = value.raw_json_token().data();
  if (const JsonFault fault = WalkJson(value, depth, keys_); fault != JsonFault::none) return fault;
  return GiveText(slot, begin);
}

JsonFault JsonObjectReader::Impl::GiveText(const Slot& slot, const char* begin) {
  if (slot.fields.empty()) return JsonFault::none;
  const auto text = TextFrom(begin);
  if (!text) return JsonFault::syntax;
  for (const int field : slot.fields) {
    if (TypeOf(field) != FieldType::json) {
      return Refuse(field, fmt::format("an object is not a {}", FieldTypeName(TypeOf(field))));
    }
    if (const char* reason = out_->SetText(field, *text)) return Refuse(reason);
  }
  return JsonFault::none;
}

JsonFault JsonObjectReader::Impl::ReadString(od::value& value, Slot& slot, std::string_view token) {
  std::string_view text;
  if (const JsonFault fault = StringText(value, token, &text); fault != JsonFault::none) return fault;
  for (const int field : slot.fields) {
    const char* reason =
        TypeOf(field) == FieldType::json ? out_->SetText(field, token) : plan_.SetText(field, text, *out_);
    if (reason != nullptr) return Refuse(reason);
  }
  return JsonFault::none;
}

JsonFault JsonObjectReader::Impl::ReadScalar(Slot& slot, std::string_view token) {
  if (token.front() <= '9') {
    Decimal number;
    if (!ParseDecimal(token, &number)) return JsonFault::syntax;
    for (const int field : slot.fields) {
      if (const char* reason = plan_.SetNumber(field, number, *out_)) return Refuse(reason);
    }
    return JsonFault::none;
  }
  const bool null = token == "null";
  if (!null && token != "true" && token != "false") return JsonFault::syntax;
  for (const int field : slot.fields) {
    const char* reason = null ? out_->SetNull(field) : out_->SetBool(field, token.size() == 4);
    if (reason != nullptr) return Refuse(reason);
  }
  return JsonFault::none;
}

JsonFault JsonObjectReader::Impl::ReadUnknown(const char* raw_key, od::value& value, int depth) {
  const std::string_view token = value.raw_json_token();
  const char* const begin = token.data();
  const bool null = TrimToken(token) == "null";
  const bool container = !token.empty() && (token.front() == '{' || token.front() == '[');
  if (const JsonFault fault = WalkJson(value, depth, keys_); fault != JsonFault::none) return fault;
  if (unknown_ == UnknownFields::reject && !null) {
    reason_ = fmt::format("unknown field '{}'", Excerpt(RawKey(raw_key)));
    return JsonFault::value;
  }
  if (unknown_ == UnknownFields::keep) {
    const auto text = container ? TextFrom(begin) : TrimToken(token);
    if (!text) return JsonFault::syntax;
    KeepMember(raw_key, *text);
  }
  return JsonFault::none;
}

std::optional<std::string_view> JsonObjectReader::Impl::TextFrom(const char* begin) {
  const char* end = nullptr;
  if (document_->current_location().get(end) != simdjson::SUCCESS || end < begin) return std::nullopt;
  return TrimToken({begin, static_cast<size_t>(end - begin)});
}

void JsonObjectReader::Impl::KeepMember(const char* raw_key, std::string_view value) {
  if (extra_.back() != '{') extra_ += ',';
  extra_.append("\"").append(RawKey(raw_key)).append("\":").append(value);
}

JsonObjectReader::JsonObjectReader(FieldPlan& plan) : impl_(std::make_unique<Impl>(plan)) {}
JsonObjectReader::~JsonObjectReader() = default;

JsonObjectReader::Outcome JsonObjectReader::Read(std::string_view text, size_t readable, BatchBuilder& out) {
  impl_->Pad(text, readable);
  return impl_->ReadFlat(text, out) ? row : impl_->Read(text, readable, out);
}
JsonObjectReader::Outcome JsonObjectReader::ReadByTokens(std::string_view text, size_t readable,
                                                         BatchBuilder& out) {
  impl_->Pad(text, readable);
  return impl_->Read(text, readable, out);
}
const std::string& JsonObjectReader::reason() const { return impl_->reason(); }

}  // namespace sluice
