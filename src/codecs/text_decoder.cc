#include "codecs/text_decoder.h"

#include <charconv>

#include <fmt/format.h>

#include "core/bytes.h"

namespace sluice {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

}  // namespace

void LongReading::Begin(std::string reason, std::string source) {
  dead_ = DeadEntry{.reason = std::move(reason), .source = std::move(source)};
  hash_ = std::make_unique<Sha256>();
}

void LongReading::Add(std::string_view bytes) {
  hash_->Update(bytes);
  dead_.bytes.append(bytes.substr(0, kDeadBytesKept - dead_.bytes.size()));
  dead_.length += static_cast<int64_t>(bytes.size());
}

DeadEntry LongReading::End() {
  dead_.hash = hash_->Hex();
  hash_.reset();
  return std::move(dead_);
}

std::string StateText::Number(std::string_view name, int64_t value) {
  return fmt::format("{}={} ", name, value);
}
std::string StateText::Text(std::string_view name, std::string_view value) {
  return fmt::format("{}={}:{} ", name, value.size(), value);
}

bool StateText::Parse(std::string_view state) {
  values_.clear();
  while (!state.empty()) {
    const size_t equals = state.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string name(state.substr(0, equals));
    state.remove_prefix(equals + 1);
    int64_t number = 0;
    const auto [end, error] = std::from_chars(state.data(), state.data() + state.size(), number);
    if (error != std::errc()) return false;
    state.remove_prefix(static_cast<size_t>(end - state.data()));
    std::string value = fmt::format("{}", number);
    if (!state.empty() && state.front() == ':') {
      if (number < 0 || static_cast<size_t>(number) >= state.size()) return false;
      value = state.substr(1, static_cast<size_t>(number));
      state.remove_prefix(1 + static_cast<size_t>(number));
    }
    if (state.empty() || state.front() != ' ') return false;
    state.remove_prefix(1);
    values_[name] = value;
  }
  return true;
}

int64_t StateText::Number(const std::string& name) const {
  int64_t number = 0;
  const std::string text = Text(name);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string StateText::Text(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? "" : found->second;
}

std::string TextDecoder::Place(int64_t line) const { return fmt::format("{} line {}", spec_.source, line); }

std::string TextDecoder::TooLong() const {
  return fmt::format("longer than {}, the most that one reading may have",
                     FormatByteSize({spec_.max_reading}));
}

bool TextDecoder::NeedsMoreForMark(std::string_view input, bool final, size_t* length) {
  *length = input.substr(0, kMark.size()) == kMark ? kMark.size() : 0;
  return !final && input.size() < kMark.size() && kMark.substr(0, input.size()) == input;
}

size_t TextDecoder::SkipLongLine(std::string_view input, bool final, int64_t* line, BatchBuilder& out) {
  const size_t newline = input.find('\n');
  const bool ended = newline != std::string_view::npos;
  long_.Add(input.substr(0, newline));
  if (!ended && !final) return input.size();
  out.Abandon(long_.End());
  if (!ended) return input.size();
  ++*line;
  return newline + 1;
}

}  // namespace sluice
