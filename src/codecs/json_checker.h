// JsonChecker: whether a text is exactly one JSON value, no deeper than 32 and without repeated keys; for
// json fields whose text comes from elsewhere than a JSON input (CSV cells, constants). One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sluice {

class JsonChecker {
 public:
  JsonChecker();
  ~JsonChecker();
  // nullptr, or what is wrong ("is not valid JSON").
  const char* Check(std::string_view text);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;  // made when first needed
  std::string padded_;
};

}  // namespace sluice
