#include "codecs/csv_record.h"

#include <algorithm>
#include <cstring>

namespace sluice {
namespace {

size_t Find(std::string_view text, char c, size_t from) {
  if (from >= text.size()) return std::string_view::npos;
  const void* found = std::memchr(text.data() + from, c, text.size() - from);
  return found == nullptr ? std::string_view::npos
                          : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace

CsvRecord::Result CsvRecord::Read(std::string_view input, bool final) {
  cells_.clear();
  unquoted_used_ = 0;
  one_line_ = true;
  const size_t newline = Find(input, '\n', 0);
  const bool ended = newline != std::string_view::npos;
  std::string_view line = input.substr(0, newline);
  if (Find(line, '"', 0) != std::string_view::npos) return ReadQuoted(input, final);
  if (!ended && !final) return more;
  length_ = line.size() + (ended ? 1 : 0);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  size_t begin = 0;
  while (true) {
    const size_t comma = Find(line, ',', begin);
    if (comma == std::string_view::npos) break;
    cells_.push_back({line.substr(begin, comma - begin)});
    begin = comma + 1;
  }
  cells_.push_back({line.substr(begin)});
  return whole;
}

CsvRecord::Result CsvRecord::ReadQuoted(std::string_view input, bool final) {
  size_t at = 0;
  while (true) {
    if (at < input.size() && input[at] == '"') {
      const Result result = ReadQuotedCell(input, final, &at);
      if (result != whole) return result;
    } else {
      const size_t end = std::min(input.find_first_of(",\n\"", at), input.size());
      if (end < input.size() && input[end] == '"') return bad_quote;
      if (end == input.size() && !final) return more;
      std::string_view text = input.substr(at, end - at);
      if ((end == input.size() || input[end] == '\n') && !text.empty() && text.back() == '\r')
        text.remove_suffix(1);
      cells_.push_back({text});
      at = end;
    }
    if (at == input.size() || input[at] == '\n') break;
    ++at;  // the comma
  }
  length_ = at + (at < input.size() ? 1 : 0);
  return whole;
}

CsvRecord::Result CsvRecord::ReadQuotedCell(std::string_view input, bool final, size_t* at) {
  const size_t begin = *at + 1;
  size_t from = begin;
  std::string* joined = nullptr;
  while (true) {
    const size_t quote = Find(input, '"', from);
    const size_t upto = std::min(quote, input.size());
    one_line_ = one_line_ && Find(input.substr(0, upto), '\n', from) == std::string_view::npos;
    if (quote == std::string_view::npos || (quote + 1 == input.size() && !final)) return more;
    if (quote + 1 < input.size() && input[quote + 1] == '"') {
      if (joined == nullptr) {
        if (unquoted_used_ == unquoted_.size()) unquoted_.emplace_back();
        joined = &unquoted_[unquoted_used_++];
        joined->clear();
      }
      joined->append(input.substr(from, quote + 1 - from));
      from = quote + 2;
      continue;
    }
    size_t next = quote + 1;
    if (next + 1 < input.size() && input[next] == '\r' && input[next + 1] == '\n') ++next;
    if (next + 1 == input.size() && input[next] == '\r') {
      if (!final) return more;
      ++next;
    }
    if (next < input.size() && input[next] != ',' && input[next] != '\n') return bad_quote;
    if (joined != nullptr) joined->append(input.substr(from, quote - from));
    cells_.push_back(
        {joined == nullptr ? input.substr(begin, quote - begin) : std::string_view(*joined), true});
    *at = next;
    return whole;
  }
}

}  // namespace sluice
