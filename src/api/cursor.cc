#include "api/cursor.h"

namespace sluice::api {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr size_t kBytes = 20;
constexpr size_t kLetters = 27;  // 160 bits in sixes; the last letter has two bits to spare

void Put(uint64_t value, size_t bytes, std::string& out) {
  for (size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i));
}

uint64_t Take(std::string_view& bytes, size_t n) {
  uint64_t value = 0;
  for (size_t i = 0; i < n; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(n);
  return value;
}

std::string ToLetters(std::string_view bytes) {
  std::string letters;
  unsigned held = 0, bits = 0;
  for (const char c : bytes) {
    held = (held << 8 | static_cast<unsigned char>(c)) & 0xffff;
    for (bits += 8; bits >= 6; bits -= 6) letters += kAlphabet[held >> (bits - 6) & 63];
  }
  if (bits > 0) letters += kAlphabet[held << (6 - bits) & 63];
  return letters;
}

// "" when it is no base64url, or one whose spare bits are set.
std::string FromLetters(std::string_view letters) {
  std::string bytes;
  unsigned held = 0, bits = 0;
  for (const char c : letters) {
    const size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return "";
    held = (held << 6 | static_cast<unsigned>(digit)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits);
  }
  return (held & ((1u << bits) - 1)) == 0 ? bytes : "";
}

}  // namespace

std::string FormatCursor(const Cursor& cursor) {
  std::string bytes;
  Put(static_cast<uint64_t>(ToMicros(cursor.time)), 8, bytes);
  Put(static_cast<uint32_t>(cursor.partition), 4, bytes);
  Put(static_cast<uint64_t>(cursor.position), 8, bytes);
  return ToLetters(bytes);
}

Result<Cursor> ParseCursor(std::string_view text) {
  const Status bad =
      Status::Reject("the cursor is none of ours: take it from the Link header of the page before");
  const std::string held = text.size() == kLetters ? FromLetters(text) : "";
  if (held.size() != kBytes) return bad;
  std::string_view bytes = held;
  Cursor cursor;
  cursor.time = FromMicros(static_cast<int64_t>(Take(bytes, 8)));
  cursor.partition = static_cast<PartitionId>(Take(bytes, 4));
  cursor.position = static_cast<Position>(Take(bytes, 8));
  if (cursor.time < kMinTime || cursor.time > kMaxTime || cursor.partition < 0 || cursor.position < 0)
    return bad;
  return cursor;
}

}  // namespace sluice::api
