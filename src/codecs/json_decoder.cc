#include "codecs/json_decoder.h"

#include <algorithm>

#include <fmt/format.h>

#include "codecs/decimal.h"
#include "codecs/text.h"

namespace sluice {
namespace {

bool IsOpening(char c) { return c == '{' || c == '['; }

size_t BlankLength(std::string_view input) {
  size_t n = 0;
  while (n < input.size() && IsJsonBlank(input[n])) ++n;
  return n;
}

// Where a string that begins `input` ends; npos when it does not end on its line.
size_t StringLength(std::string_view input) {
  for (size_t i = 1; i < input.size() && input[i] != '\n'; ++i) {
    if (input[i] == '"') return i + 1;
    if (input[i] == '\\') ++i;
  }
  return std::string_view::npos;
}

bool IsScalarText(std::string_view text) {
  Decimal number;
  return text.front() == '"' || text == "null" || text == "true" || text == "false" ||
         ParseDecimal(text, &number);
}

}  // namespace

Result<size_t> JsonDecoder::Decode(std::string_view input, bool final, BatchBuilder& out) {
  size_t used = long_.active() ? SkipLong(input, final, out) : 0;
  if (!started_) {
    if (NeedsMoreForMark(input, final, &used)) return size_t{0};
    started_ = true;
  }
  while (!out.Full() && !long_.active()) {
    const std::string_view left = input.substr(used);
    const size_t blank = scanned_ == 0 ? BlankLength(left) : 0;
    Take(left.substr(0, blank));
    used += blank;
    if (blank == left.size()) break;
    const size_t step = Step(left.substr(blank), final, out);
    if (step == 0) break;
    used += step;
  }
  if (final && used == input.size() && InArray()) {
    out.Abandon("the array is not closed", Place(Number()), "");
    where_ = top;
  }
  return used;
}

void JsonDecoder::Take(std::string_view bytes) {
  for (size_t at = 0; (at = bytes.find('\n', at)) != std::string_view::npos; ++at) ++line_;
}

size_t JsonDecoder::Step(std::string_view input, bool final, BatchBuilder& out) {
  const char c = input.front();
  if (where_ == after_element || (where_ == after_bracket && c == ']') || (where_ == top && c == '[')) {
    return StepPunctuation(input, final, out);
  }
  if (c == '{' || (InArray() && c == '[')) return ReadElement(input, final, out);
  return ReadScalar(input, final, out);
}

size_t JsonDecoder::StepPunctuation(std::string_view input, bool final, BatchBuilder& out) {
  switch (input.front()) {
    case '[':
      if (InArray()) break;
      where_ = after_bracket;
      element_ = 1;
      return 1;
    case ']':
      where_ = top;
      return 1;
    case ',':
      where_ = after_comma;
      return 1;
    default:
      break;
  }
  return Break(input, 0, "expected a comma or the end of the array", final, out);
}

// An object without others in it ends at its first brace: then one pass is enough, as no beginning of an
// object is an object itself.
size_t JsonDecoder::ReadFlatElement(std::string_view input, BatchBuilder& out) {
  const size_t brace = input.find('}');
  if (brace == std::string_view::npos || brace >= max_reading()) return 0;
  if (reader_.Read(input.substr(0, brace + 1), input.size(), out) != JsonObjectReader::row) {
    out.Drop();
    flat_ = false;
    return 0;
  }
  Take(input.substr(0, brace + 1));
  NextElement();
  return brace + 1;
}

size_t JsonDecoder::ReadElement(std::string_view input, bool final, BatchBuilder& out) {
  if (flat_ && scanned_ == 0 && input.front() == '{') {
    if (const size_t length = ReadFlatElement(input, out); length > 0) return length;
  }
  size_t used = 0;
  const JsonScanner::Result result = scanner_.Scan(input.substr(scanned_), &used);
  const size_t length = scanned_ + used;
  if (length > max_reading()) {
    scanner_ = {};  // goes over the same bytes again, now as they pass by
    BeginLong(TooLong(), its_own_end);
    return SkipLong(input, final, out);
  }
  switch (result) {
    case JsonScanner::ended:
      return FinishElement(input, length, final, out);
    case JsonScanner::broken:
      return Break(input, length, fmt::format("is not valid JSON at byte {}", length + 1), final, out);
    case JsonScanner::more:
      break;
  }
  if (final) return Break(input, length, "the input ends in the middle of the reading", final, out);
  scanned_ = length;
  return 0;
}

size_t JsonDecoder::FinishElement(std::string_view input, size_t length, bool final, BatchBuilder& out) {
  const std::string_view element = input.substr(0, length);
  const auto outcome = reader_.Read(element, input.size(), out);
  if (outcome == JsonObjectReader::broken && InArray())
    return Break(input, length, reader_.reason(), final, out);
  if (outcome != JsonObjectReader::row) out.Abandon(reader_.reason(), Place(Number()), element);
  flat_ = element.find('}') + 1 == length;
  Take(element);
  NextElement();
  return length;
}

// Something else than an object or an array stands where a reading should.
size_t JsonDecoder::ReadScalar(std::string_view input, bool final, BatchBuilder& out) {
  if (!InArray()) return Break(input, 0, "is not a JSON object", final, out);
  const bool string = input.front() == '"';
  const size_t length =
      string ? StringLength(input) : std::min(input.find_first_of(",:[]{}\" \t\r\n"), input.size());
  const bool ended = string ? length != std::string_view::npos : length < input.size();
  const bool newline = input.find('\n') != std::string_view::npos;
  if (!ended && !final && !(string && newline) && input.size() <= max_reading()) return 0;
  if (length == 0) return Break(input, 0, "expected a reading", final, out);
  const bool whole = length <= max_reading() && IsScalarText(input.substr(0, length));
  if (!whole) return Break(input, 0, "is not valid JSON", final, out);
  out.Abandon("is not a JSON object", Place(Number()), input.substr(0, length));
  NextElement();
  return length;
}

void JsonDecoder::NextElement() {
  scanner_ = {};
  scanned_ = 0;
  if (!InArray()) return;
  ++element_;
  where_ = after_element;
}

size_t JsonDecoder::Break(std::string_view input, size_t at, std::string reason, bool final,
                          BatchBuilder& out) {
  BeginLong(std::move(reason), InArray() ? end_of_input : next_bracket_line);
  at_line_start_ = false;
  AddLong(input.substr(0, at));
  return at + SkipLong(input.substr(at), final, out);
}

void JsonDecoder::BeginLong(std::string reason, LongEnd end) {
  held_state_ = State();
  long_end_ = end;
  scanned_ = 0;
  long_.Begin(std::move(reason), Place(Number()));
}

void JsonDecoder::AddLong(std::string_view bytes) {
  long_.Add(bytes);
  Take(bytes);
  if (!bytes.empty()) at_line_start_ = bytes.back() == '\n';
}

void JsonDecoder::EndLong(BatchBuilder& out) {
  out.Abandon(long_.End());
  if (long_end_ == end_of_input) where_ = top;
  NextElement();
}

size_t JsonDecoder::SkipLong(std::string_view input, bool final, BatchBuilder& out) {
  if (long_end_ == its_own_end) return SkipElement(input, final, out);
  if (long_end_ == next_bracket_line) return SkipToBracketLine(input, final, out);
  AddLong(input);
  if (final) EndLong(out);
  return input.size();
}

size_t JsonDecoder::SkipElement(std::string_view input, bool final, BatchBuilder& out) {
  size_t used = 0;
  const JsonScanner::Result result = scanner_.Scan(input, &used);
  AddLong(input.substr(0, used));
  if (result == JsonScanner::broken) {
    long_end_ = InArray() ? end_of_input : next_bracket_line;
    return used + SkipLong(input.substr(used), final, out);
  }
  if (result == JsonScanner::ended || final) EndLong(out);
  return used;
}

size_t JsonDecoder::SkipToBracketLine(std::string_view input, bool final, BatchBuilder& out) {
  size_t i = 0;
  bool line_start = at_line_start_;
  while (i < input.size() && !(line_start && IsOpening(input[i]))) {
    const size_t newline = input.find('\n', i);
    line_start = newline != std::string_view::npos;
    i = line_start ? newline + 1 : input.size();
  }
  AddLong(input.substr(0, i));
  if (final || i < input.size()) EndLong(out);
  return i;
}

std::string JsonDecoder::State() const {
  if (long_.active()) return held_state_;
  return StateText::Number("line", line_) + StateText::Number("element", element_) +
         StateText::Number("where", where_) + StateText::Number("started", started_ ? 1 : 0);
}

Status JsonDecoder::Restore(std::string_view state) {
  StateText values;
  const bool parsed = values.Parse(state);
  const int64_t where = values.Number("where");
  if (!parsed || where < top || where > after_element)
    return Status::Reject("the state of the decoder is damaged");
  line_ = state.empty() ? 1 : values.Number("line");
  element_ = state.empty() ? 1 : values.Number("element");
  where_ = static_cast<Where>(where);
  started_ = values.Number("started") != 0;
  long_ = LongReading();
  scanner_ = {};
  scanned_ = 0;
  return {};
}

}  // namespace sluice
