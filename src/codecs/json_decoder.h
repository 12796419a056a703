// JsonDecoder: one JSON object, one array of objects, or several of them one after another, element by
// element, so that a large array needs no more memory than its largest element. Inside an array everything
// from a syntax error on is one dead letter; between top-level objects a dead letter ends before the next
// line that begins with a bracket. See codec.h for the promise.
#pragma once

#include "codecs/json_object.h"
#include "codecs/json_scanner.h"
#include "codecs/text_decoder.h"

namespace sluice {

class JsonDecoder : public TextDecoder {
 public:
  JsonDecoder(const DecodeSpec& spec, std::unique_ptr<FieldPlan> plan)
      : TextDecoder(spec, std::move(plan)), reader_(this->plan()) {}

  Result<size_t> Decode(std::string_view input, bool final, BatchBuilder& out) override;
  std::string State() const override;
  Status Restore(std::string_view state) override;

 private:
  enum Where { top, after_bracket, after_comma, after_element };
  // What the dead letter under way in long_ ends with.
  enum LongEnd { its_own_end, next_bracket_line, end_of_input };

  // Each returns how many bytes of `input` it took; 0 asks for more.
  size_t Step(std::string_view input, bool final, BatchBuilder& out);
  size_t StepPunctuation(std::string_view input, bool final, BatchBuilder& out);
  size_t ReadFlatElement(std::string_view input, BatchBuilder& out);
  size_t ReadElement(std::string_view input, bool final, BatchBuilder& out);
  size_t ReadScalar(std::string_view input, bool final, BatchBuilder& out);
  size_t FinishElement(std::string_view input, size_t length, bool final, BatchBuilder& out);
  // The structure is broken `at` bytes on: a dead letter from the start of `input` on.
  size_t Break(std::string_view input, size_t at, std::string reason, bool final, BatchBuilder& out);

  void BeginLong(std::string reason, LongEnd end);
  size_t SkipLong(std::string_view input, bool final, BatchBuilder& out);
  size_t SkipElement(std::string_view input, bool final, BatchBuilder& out);
  size_t SkipToBracketLine(std::string_view input, bool final, BatchBuilder& out);
  void AddLong(std::string_view bytes);
  void EndLong(BatchBuilder& out);

  // Notes that the bytes are behind us.
  void Take(std::string_view bytes);
  void NextElement();
  bool InArray() const { return where_ != top; }
  int64_t Number() const { return InArray() ? element_ : line_; }

  JsonObjectReader reader_;
  Where where_ = top;
  int64_t line_ = 1;     // of the next byte
  int64_t element_ = 1;  // number of the next element in the array
  bool started_ = false;
  bool flat_ = true;     // the last element held no other object
  JsonScanner scanner_;  // over the element at the next byte
  size_t scanned_ = 0;   // how much of it the scanner has seen
  LongEnd long_end_ = its_own_end;
  bool at_line_start_ = false;  // the next byte to skip begins a line
  std::string held_state_;      // State() before the dead letter under way
};

}  // namespace sluice
