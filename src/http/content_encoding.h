// Content-Encoding of request bodies: gzip and zstd. The output is bounded while it grows, so that a small
// body that would unpack to gigabytes costs no more than the limit. Pure functions over untrusted bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/budget.h"

namespace sluice::http {

enum class Coding { identity, gzip, zstd, unsupported };

// By the value of the header; "" is identity, more than one coding is unsupported.
Coding CodingOf(std::string_view header);

struct Decompressed {
  enum Kind {
    ok,
    too_large,  // more than `limit` bytes: 413
    malformed,  // 400
    no_room,    // the budget is used up: 503
  };
  Kind kind = ok;
  std::string body;
};

// Several gzip members or zstd frames behind each other are one body. `hold` grows by the size of the output.
Decompressed Decompress(Coding coding, std::string_view bytes, int64_t limit, ByteBudget::Hold& hold);

}  // namespace sluice::http
