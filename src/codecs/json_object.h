// JsonObjectReader: one JSON object → one reading. The usual object is read by the shortcut (flat_object.h),
// any other in one pass over simdjson's On-Demand tokens. Keys are looked for in the order of the reading
// before, numbers are kept exact, and every value, read or not, is held to the rules for depth and repeated
// keys. Owned by a JSON decoder; one thread at a time. Never fails: it says what became of the text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "codecs/batch_builder.h"
#include "codecs/field_plan.h"

namespace sluice {

class JsonObjectReader {
 public:
  enum Outcome {
    row,     // the reading is in the builder
    bad,     // the reading is bad, for `reason`; the caller abandons it
    broken,  // the same, and the text is not JSON at all
  };

  // Borrows the plan.
  explicit JsonObjectReader(FieldPlan& plan);
  ~JsonObjectReader();

  // `readable`: how many bytes from text.data() on may be read; simdjson looks a little beyond what it
  // parses, and a text at the very end of its buffer is copied first.
  Outcome Read(std::string_view text, size_t readable, BatchBuilder& out);
  // The same without the shortcut.
  Outcome ReadByTokens(std::string_view text, size_t readable, BatchBuilder& out);
  const std::string& reason() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
