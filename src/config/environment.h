// Environment: the variables that `${NAME}` in a pipeline file may name: those of the process, then those of
// `--env-file`. The process wins. Values; immutable once made.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace sluice {

class Environment {
 public:
  Environment() = default;
  explicit Environment(std::map<std::string, std::string, std::less<>> variables)
      : variables_(std::move(variables)) {}
  static Environment OfProcess();

  // Adds what a dotenv file says of names that are not set yet; returns its errors, with their lines.
  // Lines are `NAME=value`, `export NAME="value"`, `NAME='value'`, comments or empty.
  std::vector<Diagnostic> AddDotenv(const std::string& file, std::string_view text);

  // The value, or nullptr when the name is not set.
  const std::string* Find(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> variables_;
};

// Replaces `${NAME}` and `${NAME:-default}` (also when NAME is empty) in `text`; `$${` stands for `${`. What
// is wrong is returned as messages, one for each place in the text, and `text` is then of no use. What a
// variable holds is not looked at again.
struct Expanded {
  struct Fault {
    std::string message;
    std::string hint;
  };
  std::string text;
  std::vector<Fault> faults;
};
Expanded ExpandVariables(std::string_view text, const Environment& environment);

}  // namespace sluice
