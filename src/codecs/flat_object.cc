#include "codecs/flat_object.h"

#include <algorithm>
#include <cstring>

#include "codecs/decimal.h"
#include "codecs/eight_bytes.h"
#include "codecs/text.h"

namespace sluice {
namespace {

// A brace stands behind, which is none.
const char* BehindBlanks(const char* p) {
  while (static_cast<unsigned char>(*p) <= ' ' && IsJsonBlank(*p)) ++p;
  return p;
}

// The first byte from `p` on that ends a string or that no usual one holds; or `brace`.
const char* StringEnd(const char* p, const char* brace) {
  for (; p < brace; p += 8) {
    const uint64_t bytes = EightBytes(p);
    const uint64_t found = BytesEqual(bytes, '"') | BytesEqual(bytes, '\\') | BytesBelow(bytes, ' ');
    if (found != 0) return std::min(p + FirstByte(found), brace);
  }
  return brace;
}

bool StartsWith(const char* p, std::string_view word) {
  return std::memcmp(p, word.data(), word.size()) == 0;
}

}  // namespace

bool FlatObjectReader::Read(std::string_view text, BatchBuilder& out) {
  while (!text.empty() && IsJsonBlank(text.back())) text.remove_suffix(1);
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return false;
  const char* const brace = text.data() + text.size() - 1;
  const bool read = ReadMembers(text.data(), brace, out) == brace && plan_.SetConstants(out) == nullptr &&
                    out.EndReading() == nullptr;
  if (!read) out.Drop();
  return read;
}

// A repeated key finds its field set.
const char* FlatObjectReader::ReadMembers(const char* open, const char* brace, BatchBuilder& out) {
  JsonPaths::Slot** expected = &paths_.root().first;
  const char* p = open;
  do {
    p = BehindBlanks(p + 1);
    if (*p != '"') return nullptr;
    JsonPaths::Slot* slot = JsonPaths::Node::Guess(++p, &expected);
    if (slot == nullptr) slot = FindKey(p, brace, &expected);
    if (slot == nullptr || slot->only_field < 0) return nullptr;
    p += slot->name.size() + 1;
    if (p >= brace) return nullptr;
    p = BehindBlanks(p);
    if (*p != ':') return nullptr;
    p = ReadValue(BehindBlanks(p + 1), brace, slot->only_field, out);
    if (p == nullptr) return nullptr;
    p = BehindBlanks(p);
  } while (*p == ',');
  return p;
}

JsonPaths::Slot* FlatObjectReader::FindKey(const char* key, const char* brace, JsonPaths::Slot*** expected) {
  const char* const end = StringEnd(key, brace);
  return *end == '"' ? paths_.root().Find({key, static_cast<size_t>(end - key)}, expected) : nullptr;
}

const char* FlatObjectReader::ReadValue(const char* value, const char* brace, int field, BatchBuilder& out) {
  if (*value == '"') return ReadString(value + 1, brace, field, out);
  if (*value == 'n') return StartsWith(value, "null") && out.SetNull(field) == nullptr ? value + 4 : nullptr;
  if (*value == 't')
    return StartsWith(value, "true") && out.SetBool(field, true) == nullptr ? value + 4 : nullptr;
  if (*value == 'f')
    return StartsWith(value, "false") && out.SetBool(field, false) == nullptr ? value + 5 : nullptr;
  Decimal number;
  const size_t length = ScanDecimal(value, &number);
  return length > 0 && plan_.SetNumber(field, number, out) == nullptr ? value + length : nullptr;
}

const char* FlatObjectReader::ReadString(const char* text, const char* brace, int field, BatchBuilder& out) {
  if (plan_.TypeOf(field) == FieldType::timestamp) {
    Timestamp time;
    const char* const end = text + plan_.times().Scan(text, &time);
    if (end > text && end < brace && *end == '"')
      return out.SetTime(field, time) == nullptr ? end + 1 : nullptr;
  }
  const char* const end = StringEnd(text, brace);
  if (*end != '"') return nullptr;
  return plan_.SetText(field, {text, static_cast<size_t>(end - text)}, out) == nullptr ? end + 1 : nullptr;
}

}  // namespace sluice
