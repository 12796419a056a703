#include "sources/file/file_state.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/hash.h"

namespace sluice {
namespace {

// The next word of the line, taken off the front.
std::string_view TakeWord(std::string_view* line) {
  const size_t end = std::min(line->find(' '), line->size());
  const std::string_view word = line->substr(0, end);
  line->remove_prefix(std::min(end + 1, line->size()));
  return word;
}

bool TakeNumber(std::string_view* line, int64_t* value) {
  const std::string_view word = TakeWord(line);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *value);
  return error == std::errc() && end == word.data() + word.size();
}

}  // namespace

std::string FormatFileState(const FileState& state) {
  std::string line = fmt::format("file {} {} {} {} {} {}", state.offset, state.skip, state.ended ? 1 : 0,
                                 state.round, state.prefix.length, state.prefix.hash);
  if (state.anchor)
    line += fmt::format(" {} {}", ToMicros(state.anchor->event), ToMicros(state.anchor->clock));
  return line + "\n" + state.decoder;
}

std::optional<FileState> ParseFileState(std::string_view text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(0, end);
  FileState state;
  int64_t ended = 0;
  if (TakeWord(&line) != "file" || !TakeNumber(&line, &state.offset) || !TakeNumber(&line, &state.skip) ||
      !TakeNumber(&line, &ended) || !TakeNumber(&line, &state.round) ||
      !TakeNumber(&line, &state.prefix.length)) {
    return std::nullopt;
  }
  state.ended = ended != 0;
  state.prefix.hash = TakeWord(&line);
  if (!line.empty()) {
    int64_t event = 0;
    int64_t clock = 0;
    if (!TakeNumber(&line, &event) || !TakeNumber(&line, &clock)) return std::nullopt;
    state.anchor = PaceAnchor{FromMicros(event), FromMicros(clock)};
  }
  state.decoder = text.substr(end + 1);
  return state;
}

Result<Prefix> HashPrefix(ReadableFile& file, int64_t length) {
  std::string bytes;
  SLUICE_TRY(file.ReadAt(0, static_cast<size_t>(std::min(length, kPrefixBytes)), &bytes));
  return Prefix{static_cast<int64_t>(bytes.size()), Sha256Hex(bytes)};
}

}  // namespace sluice
