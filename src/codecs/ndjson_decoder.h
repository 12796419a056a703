// NdjsonDecoder: one JSON object a line. Blank lines and a byte order mark are skipped, a line that is not
// one object is one dead letter. See codec.h for the promise.
#pragma once

#include "codecs/json_object.h"
#include "codecs/text_decoder.h"

namespace sluice {

class NdjsonDecoder : public TextDecoder {
 public:
  NdjsonDecoder(const DecodeSpec& spec, std::unique_ptr<FieldPlan> plan)
      : TextDecoder(spec, std::move(plan)), reader_(this->plan()) {}

  Result<size_t> Decode(std::string_view input, bool final, BatchBuilder& out) override;
  std::string State() const override;
  Status Restore(std::string_view state) override;

 private:
  void DecodeLine(std::string_view line, size_t readable, BatchBuilder& out);
  // Takes the part of `input` that belongs to the overlong line under way; returns its length.

  JsonObjectReader reader_;
  int64_t line_ = 1;      // of the next byte
  bool started_ = false;  // the place of a byte order mark is behind us
};

}  // namespace sluice
