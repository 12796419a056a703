#include "codecs/json_scanner.h"

namespace sluice {

bool JsonScanner::Open(char bracket) {
  const bool key_wanted = InObject() && last_ != ':';
  const bool after_value = last_ != 0 && last_ != ':' && last_ != ',' && last_ != '[' && last_ != '{';
  if (key_wanted || after_value) return false;
  if (depth_ < kTracked) {
    const uint64_t bit = uint64_t{1} << depth_;
    objects_ = bracket == '{' ? objects_ | bit : objects_ & ~bit;
  }
  ++depth_;
  last_ = bracket;
  return true;
}

bool JsonScanner::Close(char bracket) {
  if (depth_ == 0 || (depth_ <= kTracked && InObject() != (bracket == '}'))) return false;
  --depth_;
  last_ = bracket;
  return true;
}

JsonScanner::Result JsonScanner::Scan(std::string_view bytes, size_t* used) {
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  for (const char* p = begin; p < end; ++p) {
    const char c = *p;
    *used = static_cast<size_t>(p - begin);
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      if (c == '\n') return broken;
      continue;
    }
    switch (c) {
      case '"':
        in_string_ = true;
        last_ = '"';
        break;
      case '{':
      case '[':
        if (!Open(c)) return broken;
        break;
      case '}':
      case ']':
        if (!Close(c)) return broken;
        if (depth_ == 0) {
          ++*used;
          return ended;
        }
        break;
      case ',':
      case ':':
        last_ = c;
        break;
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        break;
      default:
        last_ = 'v';
        break;
    }
  }
  *used = bytes.size();
  return more;
}

}  // namespace sluice
