// Diagnostic: an error in a pipeline file, at its place, with what to do about it; Findings collects them, so
// that one run reports all of them. Values; one thread at a time.
#pragma once

#include <string>
#include <vector>

#include "config/node.h"

namespace sluice {

struct Diagnostic {
  std::string file;
  int line = 0;  // 0: the file as a whole
  int col = 0;
  std::string message;
  std::string hint;
  bool operator==(const Diagnostic&) const = default;
};

// `file:line:col: error: message hint: hint`, without a newline.
std::string FormatDiagnostic(const Diagnostic& diagnostic);
// One a line.
std::string FormatDiagnostics(const std::vector<Diagnostic>& diagnostics);

class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}

  void Error(Place place, std::string message, std::string hint = "");
  bool HasErrorAt(Place place) const;
  bool Empty() const { return found_.empty(); }
  // Sorted by place; what was found twice is there once.
  std::vector<Diagnostic> Take();

 private:
  std::string file_;
  std::vector<Diagnostic> found_;
};

// The word of `known` that `word` was probably meant to be (a small edit distance), or "".
std::string Suggest(std::string_view word, const std::vector<std::string>& known);
// "a, b and c".
std::string JoinWords(const std::vector<std::string>& words);

}  // namespace sluice
