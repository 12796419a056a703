// Numbers and strings inside the records of the embedded log: little-endian, strings with a 32-bit length
// before them. WireWriter builds a record; WireReader takes one apart and, once something is missing, stays
// not ok and yields zeros. Values; one thread at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice::embedded {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are written as the machine holds numbers");

class WireWriter {
 public:
  template <class Number>
  void Put(Number number) {
    out_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void PutText(std::string_view text) {
    Put(static_cast<uint32_t>(text.size()));
    out_.append(text);
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  template <class Number>
  Number Get() {
    Number number{};
    if (rest_.size() < sizeof number) {
      Fail();
      return number;
    }
    std::memcpy(&number, rest_.data(), sizeof number);
    rest_.remove_prefix(sizeof number);
    return number;
  }
  std::string_view GetText() {
    const auto size = Get<uint32_t>();
    if (size > rest_.size()) {
      Fail();
      return {};
    }
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }
  bool ok() const { return ok_; }
  // ok and nothing left over.
  bool Done() const { return ok_ && rest_.empty(); }

 private:
  void Fail() {
    ok_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace sluice::embedded
