// RecordDecoder: one foreign record → readings and dead entries of a stream, by any codec that reads bytes.
// One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codecs/codec.h"

namespace sluice {

// The record's key as a member of the JSON object in its value; the value as it is when that is no object.
std::string WithKey(const Field& field, std::string_view key, std::string_view value);

class RecordDecoder {
 public:
  // `key_field`: the field that the record's key is the value of, when its value does not hold it.
  static Result<std::unique_ptr<RecordDecoder>> Make(CodecKind codec, const StreamSpec& stream,
                                                     const DecodeSpec& spec,
                                                     const std::optional<std::string>& key_field);

  // A record without a value is a dead entry.
  void Decode(std::optional<std::string_view> key, std::optional<std::string_view> value, BatchBuilder& out);

 private:
  RecordDecoder(std::unique_ptr<Decoder> decoder, std::optional<Field> key_field)
      : decoder_(std::move(decoder)), key_field_(std::move(key_field)) {}

  const std::unique_ptr<Decoder> decoder_;
  const std::optional<Field> key_field_;
};

}  // namespace sluice
