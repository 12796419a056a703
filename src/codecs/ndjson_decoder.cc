#include "codecs/ndjson_decoder.h"

#include <cstring>

namespace sluice {
namespace {

// Without blanks around it; a carriage return before the newline is one.
std::string_view Stripped(std::string_view line) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!line.empty() && blank(line.back())) line.remove_suffix(1);
  while (!line.empty() && blank(line.front())) line.remove_prefix(1);
  return line;
}

}  // namespace

Result<size_t> NdjsonDecoder::Decode(std::string_view input, bool final, BatchBuilder& out) {
  size_t used = long_.active() ? SkipLongLine(input, final, &line_, out) : 0;
  if (!started_) {
    if (NeedsMoreForMark(input, final, &used)) return size_t{0};
    started_ = true;
  }
  while (used < input.size() && !out.Full() && !long_.active()) {
    const char* const begin = input.data() + used;
    const size_t left = input.size() - used;
    const auto* newline = static_cast<const char*>(std::memchr(begin, '\n', left));
    if (newline == nullptr && !final) {
      if (left <= max_reading()) break;
      long_.Begin(TooLong(), Place(line_));
      used += SkipLongLine(input.substr(used), final, &line_, out);
      break;
    }
    const size_t length = newline == nullptr ? left : static_cast<size_t>(newline - begin);
    DecodeLine({begin, length}, left, out);
    used += length;
    if (newline == nullptr) break;
    ++used;
    ++line_;
  }
  return used;
}

void NdjsonDecoder::DecodeLine(std::string_view line, size_t readable, BatchBuilder& out) {
  if (line.size() > max_reading()) return out.Abandon(TooLong(), Place(line_), line);
  const std::string_view text = Stripped(line);
  if (text.empty()) return;
  if (reader_.Read(text, readable - static_cast<size_t>(text.data() - line.data()), out) !=
      JsonObjectReader::row) {
    out.Abandon(reader_.reason(), Place(line_), text);
  }
}

std::string NdjsonDecoder::State() const {
  return StateText::Number("line", line_) + StateText::Number("started", started_ ? 1 : 0);
}

Status NdjsonDecoder::Restore(std::string_view state) {
  StateText values;
  if (!values.Parse(state)) return Status::Reject("the state of the decoder is damaged");
  line_ = state.empty() ? 1 : values.Number("line");
  started_ = values.Number("started") != 0;
  long_ = LongReading();
  return {};
}

}  // namespace sluice
