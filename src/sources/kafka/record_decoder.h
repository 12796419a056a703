// RecordDecoder: one foreign record → readings and dead entries of a stream, by any codec that reads bytes.
// One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codecs/codec.h"

namespace sluice {

// Where in the JSON of a value the record's key belongs.
struct KeyMember {
  std::vector<std::string> path;  // names from the outermost object on
  FieldType type = FieldType::text;
};

// The value with the record's key in its place, unless something is there: what the JSON holds wins over the
// key. The value as it is when it is no object.
std::string WithKey(const KeyMember& member, std::string_view key, std::string_view value);

class RecordDecoder {
 public:
  // `key_field`: the field that takes the record's key where its JSON holds no value for it.
  static Result<std::unique_ptr<RecordDecoder>> Make(CodecKind codec, const StreamSpec& stream,
                                                     const DecodeSpec& spec,
                                                     const std::optional<std::string>& key_field);

  // A record without a value is a dead entry.
  void Decode(std::optional<std::string_view> key, std::optional<std::string_view> value, BatchBuilder& out);

 private:
  RecordDecoder(std::unique_ptr<Decoder> decoder, std::optional<KeyMember> key_member)
      : decoder_(std::move(decoder)), key_member_(std::move(key_member)) {}

  const std::unique_ptr<Decoder> decoder_;
  const std::optional<KeyMember> key_member_;
};

}  // namespace sluice
