// FlatObjectReader: the shortcut for the object that nearly every sender writes: keys that each mean one
// field, with numbers, words and strings without escapes. It is read in one pass over its bytes, without an
// index of them. Whatever else there is, good or bad, is left to the JsonObjectReader, so that only that one
// says what is wrong; what is read here is read as there. Owned by a JsonObjectReader; one thread at a time.
// Never fails: it says whether it read.
#pragma once

#include <string_view>

#include "codecs/batch_builder.h"
#include "codecs/field_plan.h"
#include "codecs/json_paths.h"

namespace sluice {

class FlatObjectReader {
 public:
  // Borrows the plan.
  explicit FlatObjectReader(FieldPlan& plan) : plan_(plan), paths_(plan) {}

  // Whether `text` became a row of `out`; otherwise `out` is as before. As many bytes behind the text must be
  // readable as simdjson wants.
  bool Read(std::string_view text, BatchBuilder& out);

 private:
  // Each gets the place to read from and the brace that ends the object, and returns the place behind what it
  // read; nullptr when it did not.
  const char* ReadMembers(const char* open, const char* brace, BatchBuilder& out);
  const char* ReadValue(const char* value, const char* brace, int field, BatchBuilder& out);
  const char* ReadString(const char* text, const char* brace, int field, BatchBuilder& out);
  JsonPaths::Slot* FindKey(const char* key, const char* brace, JsonPaths::Slot*** expected);

  FieldPlan& plan_;
  JsonPaths paths_;
};

}  // namespace sluice
