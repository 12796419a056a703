#include "http/content_encoding.h"

#include <algorithm>
#include <cctype>
#include <memory>

#include <zlib.h>
#include <zstd.h>

namespace sluice::http {
namespace {

constexpr size_t kStep = 64 << 10;
constexpr int kMaxWindowLog = 23;  // zstd: 8 MiB, what its own tool asks of every reader

// The growing output and the two reasons why it may not grow.
class Output {
 public:
  Output(int64_t limit, ByteBudget::Hold& hold) : limit_(limit), hold_(hold) {}

  Decompressed::Kind Append(const char* bytes, size_t n) {
    if (static_cast<int64_t>(body_.size() + n) > limit_) return Decompressed::too_large;
    if (!hold_.Grow(static_cast<int64_t>(n))) return Decompressed::no_room;
    body_.append(bytes, n);
    return Decompressed::ok;
  }
  Decompressed Take() { return {Decompressed::ok, std::move(body_)}; }

 private:
  const int64_t limit_;
  ByteBudget::Hold& hold_;
  std::string body_;
};

struct Inflater : z_stream {
  Inflater() : z_stream{} { ready = inflateInit2(this, 15 + 16) == Z_OK; }  // 16: a gzip header is wanted
  ~Inflater() { inflateEnd(this); }
  bool ready;
};

Decompressed Gunzip(std::string_view bytes, Output& output) {
  Inflater inflater;
  if (!inflater.ready) return {Decompressed::no_room, ""};
  auto step = std::make_unique<char[]>(kStep);
  inflater.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  inflater.avail_in = static_cast<uInt>(bytes.size());
  while (true) {
    inflater.next_out = reinterpret_cast<Bytef*>(step.get());
    inflater.avail_out = kStep;
    const int result = inflate(&inflater, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END) return {Decompressed::malformed, ""};
    const auto grown = output.Append(step.get(), kStep - inflater.avail_out);
    if (grown != Decompressed::ok) return {grown, ""};
    if (result != Z_STREAM_END) continue;
    if (inflater.avail_in == 0) return output.Take();
    if (inflateReset(&inflater) != Z_OK) return {Decompressed::malformed, ""};
  }
}

Decompressed Unzstd(std::string_view bytes, Output& output) {
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) return {Decompressed::no_room, ""};
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  auto step = std::make_unique<char[]>(kStep);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  while (true) {
    ZSTD_outBuffer out{step.get(), kStep, 0};
    const size_t used_before = in.pos;
    const size_t left = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(left)) return {Decompressed::malformed, ""};
    const auto grown = output.Append(step.get(), out.pos);
    if (grown != Decompressed::ok) return {grown, ""};
    if (left == 0 && in.pos == in.size) return output.Take();
    if (in.pos == used_before && out.pos == 0) return {Decompressed::malformed, ""};  // cut short
  }
}

}  // namespace

Coding CodingOf(std::string_view header) {
  std::string name;
  for (const char c : header) {
    if (c != ' ' && c != '\t') name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (name.empty() || name == "identity") return Coding::identity;
  if (name == "gzip" || name == "x-gzip") return Coding::gzip;
  if (name == "zstd") return Coding::zstd;
  return Coding::unsupported;
}

Decompressed Decompress(Coding coding, std::string_view bytes, int64_t limit, ByteBudget::Hold& hold) {
  Output output(limit, hold);
  if (bytes.empty()) return {};
  switch (coding) {
    case Coding::gzip:
      return Gunzip(bytes, output);
    case Coding::zstd:
      return Unzstd(bytes, output);
    case Coding::identity: {
      const auto grown = output.Append(bytes.data(), bytes.size());
      return grown == Decompressed::ok ? output.Take() : Decompressed{grown, ""};
    }
    case Coding::unsupported:
      break;
  }
  return {Decompressed::malformed, ""};
}

}  // namespace sluice::http
