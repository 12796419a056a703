// Secret: a string that is never printed, logged or returned. In the pipeline file it is given as `<option>`
// or taken from the file that `<option>_file` names. Values.
#pragma once

#include <string>
#include <utility>

namespace sluice {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  // The string itself: for the call that needs it, and nowhere else.
  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

}  // namespace sluice
