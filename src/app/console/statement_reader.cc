#include "app/console/statement_reader.h"

#include <utility>

#include "core/ascii.h"

namespace sluice {
namespace {}  // namespace

std::vector<std::string> StatementReader::Feed(std::string_view line) {
  if (inside_ == Inside::nothing && (Trim(line, " \t\r\n") == "\\q" || Trim(line, " \t\r\n") == "\\q;")) {
    quit_ = true;
    return {};
  }
  std::vector<std::string> statements;
  for (size_t at = 0; at < line.size();) {
    if (inside_ == Inside::nothing && line[at] == ';') {
      if (pending_) statements.push_back(Take());
      text_.clear();
      ++at;
      continue;
    }
    if (inside_ == Inside::nothing && line.substr(at).starts_with("--")) break;
    const size_t length = Step(line, at);
    text_ += line.substr(at, length);
    at += length;
  }
  if (!text_.empty()) text_ += '\n';
  return statements;
}

std::string StatementReader::Rest() {
  std::string rest = pending_ ? Take() : "";
  text_.clear();
  return rest;
}

// How many bytes belong together at `at`; enters and leaves quotes and comments. A doubled quote leaves and
// enters.
size_t StatementReader::Step(std::string_view line, size_t at) {
  const std::string_view rest = line.substr(at);
  const char c = rest.front();
  switch (inside_) {
    case Inside::single_quotes:
      if (c == '\'') inside_ = Inside::nothing;
      return 1;
    case Inside::double_quotes:
      if (c == '"') inside_ = Inside::nothing;
      return 1;
    case Inside::dollars:
      if (!rest.starts_with("$$")) return 1;
      inside_ = Inside::nothing;
      return 2;
    case Inside::comment:
      if (!rest.starts_with("*/")) return 1;
      inside_ = Inside::nothing;
      return 2;
    case Inside::nothing:
      break;
  }
  if (rest.starts_with("/*")) return inside_ = Inside::comment, 2;
  if (c != ' ' && c != '\t' && c != '\r') pending_ = true;
  if (rest.starts_with("$$")) return inside_ = Inside::dollars, 2;
  if (c == '\'') inside_ = Inside::single_quotes;
  if (c == '"') inside_ = Inside::double_quotes;
  return 1;
}

std::string StatementReader::Take() {
  pending_ = false;
  return std::string(Trim(std::exchange(text_, ""), " \t\r\n"));
}

}  // namespace sluice
