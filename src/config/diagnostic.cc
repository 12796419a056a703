#include "config/diagnostic.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace sluice {
namespace {

// Of two words, without regard to case: insertions, deletions, replacements and swaps of neighbours cost one
// each.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

auto Order(const Diagnostic& d) { return std::tie(d.file, d.line, d.col, d.message); }

// Control characters of a file must not reach a terminal. Lines stay lines, those behind the first two blanks
// in, so that none of them can pass for another diagnostic.
std::string Printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      if (!out.ends_with("\n  ")) out += "\n  ";
      continue;
    }
    out += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return out;
}

}  // namespace

std::string FormatDiagnostic(const Diagnostic& diagnostic) {
  std::string text = diagnostic.file;
  if (diagnostic.line > 0) text += fmt::format(":{}:{}", diagnostic.line, diagnostic.col);
  text += ": error: " + Printable(diagnostic.message);
  const bool lines = text.find('\n') != std::string::npos;
  if (!diagnostic.hint.empty()) text += (lines ? "\n  hint: " : " hint: ") + Printable(diagnostic.hint);
  return text;
}

std::string FormatDiagnostics(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += FormatDiagnostic(diagnostic) + "\n";
  return text;
}

void Findings::Error(Place place, std::string message, std::string hint) {
  found_.push_back({file_, place.line, place.col, std::move(message), std::move(hint)});
}

bool Findings::HasErrorAt(Place place) const {
  return std::any_of(found_.begin(), found_.end(),
                     [&](const Diagnostic& d) { return d.line == place.line && d.col == place.col; });
}

std::vector<Diagnostic> Findings::Take() {
  std::stable_sort(found_.begin(), found_.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return Order(a) < Order(b); });
  found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
  return std::move(found_);
}

std::string Suggest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > 64) return "";
  std::string best;
  size_t distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const size_t d = EditDistance(word, candidate);
    if (d >= distance || d >= std::max(word.size(), candidate.size())) continue;
    distance = d;
    best = candidate;
  }
  return best;
}

std::string JoinWords(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace sluice
