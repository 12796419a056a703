// HTTP as it comes from the network: request heads and bodies, targets, queries and content encodings.
#include <cstdlib>

#include "core/utf8.h"
#include "fuzz/targets.h"
#include "http/content_encoding.h"
#include "http/rules.h"
#include "http/target.h"
#include "http/wire.h"

namespace sluice {
namespace {

// Whatever the cut, the same bytes make the same request.
http::RequestReader::State ReadInPieces(http::RequestReader& reader, std::string_view bytes, size_t step) {
  std::string rest;
  for (size_t at = 0; at < bytes.size(); at += step) {
    rest += bytes.substr(at, step);
    while (!rest.empty()) {
      const size_t used = reader.Feed(rest);
      Must(used <= rest.size());
      if (used == 0) break;
      rest.erase(0, used);
    }
  }
  return reader.state();
}

void FuzzRequest(std::string_view bytes) {
  http::RequestReader whole(16 << 10);
  http::RequestReader pieces(16 << 10);
  const auto state = ReadInPieces(whole, bytes, 1 << 20);
  if (ReadInPieces(pieces, bytes, 7) != state || state != http::RequestReader::State::done) return;
  Must(whole.request().body == pieces.request().body && whole.request().headers == pieces.request().headers);
  (void)http::RefuseHost(whole.request().Header("host"));
  (void)http::RefuseForeign(whole.request(), {}, true);
}

void FuzzTarget(std::string_view bytes) {
  const auto target = http::ParseTarget(bytes);
  if (target.ok()) {
    Must(IsUtf8(target->path) && target->path.starts_with('/'));
    for (const std::string& segment : target->segments) Must(segment != ".." && segment != ".");
    const auto again = http::ParseQuery(http::FormatQuery(target->query));
    Must(again.ok());
  }
  if (const auto decoded = http::PercentDecode(bytes); decoded.ok()) {
    Must(*http::PercentDecode(http::PercentEncode(*decoded)) == *decoded);
  }
  constexpr std::string_view kOffered[] = {"application/json", "text/csv"};
  (void)http::ChooseMediaType(bytes, kOffered);
}

void FuzzEncoding(std::string_view bytes) {
  constexpr int64_t kLimit = 1 << 16;
  http::ByteBudget budget(kLimit);
  for (const http::Coding coding : {http::Coding::gzip, http::Coding::zstd}) {
    http::ByteBudget::Hold hold(budget);
    const auto unpacked = http::Decompress(coding, bytes, kLimit, hold);
    Must(static_cast<int64_t>(unpacked.body.size()) <= kLimit);
  }
  Must(budget.held() == 0);
}

}  // namespace

// The first byte chooses what the rest is.
void FuzzHttpTarget(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::string_view rest = bytes.substr(1);
  switch (bytes.front()) {
    case 'r':
      return FuzzRequest(rest);
    case 't':
      return FuzzTarget(rest);
    default:
      return FuzzEncoding(rest);
  }
}

}  // namespace sluice
