// TextDecoder: what the decoders of bytes in order (json, ndjson, csv) have in common: the plan of their
// fields, the byte order mark, the place of a reading for its dead letter, and the reading that is longer
// than max_reading, which is hashed as it passes and never held. Owned by a source through Decoder; one
// thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "codecs/codec.h"
#include "codecs/field_plan.h"
#include "core/hash.h"

namespace sluice {

// A dead letter whose bytes arrive in pieces.
class LongReading {
 public:
  void Begin(std::string reason, std::string source);
  void Add(std::string_view bytes);
  DeadEntry End();
  bool active() const { return hash_ != nullptr; }
  int64_t length() const { return dead_.length; }

 private:
  DeadEntry dead_;
  std::unique_ptr<Sha256> hash_;
};

// The numbers and texts of a decoder's State, by name: "line=3 element=7 header=4:a,b\n".
class StateText {
 public:
  static std::string Number(std::string_view name, int64_t value);
  static std::string Text(std::string_view name, std::string_view value);
  // False when `state` is not made of these.
  bool Parse(std::string_view state);
  int64_t Number(const std::string& name) const;
  std::string Text(const std::string& name) const;

 private:
  std::map<std::string, std::string> values_;
};

class TextDecoder : public Decoder {
 public:
  TextDecoder(const DecodeSpec& spec, std::unique_ptr<FieldPlan> plan)
      : spec_(spec), plan_(std::move(plan)) {}
  int64_t Held() const override { return long_.active() ? long_.length() : 0; }

 protected:
  const DecodeSpec& spec() const { return spec_; }
  FieldPlan& plan() { return *plan_; }
  const FieldPlan& plan() const { return *plan_; }
  size_t max_reading() const { return static_cast<size_t>(spec_.max_reading); }
  std::string Place(int64_t line) const;
  std::string TooLong() const;
  // Whether `input` at the start of everything may still turn out to begin with a byte order mark; otherwise
  // `*length` is the length of the one it begins with, or 0.
  static bool NeedsMoreForMark(std::string_view input, bool final, size_t* length);
  // Goes on with `long_`, which ends with its line; how much of `input` that took. Counts the line.
  size_t SkipLongLine(std::string_view input, bool final, int64_t* line, BatchBuilder& out);

  LongReading long_;

 private:
  const DecodeSpec spec_;
  const std::unique_ptr<FieldPlan> plan_;
};

}  // namespace sluice
