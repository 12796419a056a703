// SHA-256 of bytes that may come in pieces: dead letters and request bodies are identified by it. One thread
// at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sluice {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void Update(std::string_view bytes);
  // 64 hex digits; the object is used up.
  std::string Hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string Sha256Hex(std::string_view bytes);

}  // namespace sluice
