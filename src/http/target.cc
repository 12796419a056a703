#include "http/target.h"

#include <algorithm>
#include <cstdint>

#include "core/utf8.h"

namespace sluice::http {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

bool IsPrintableAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// Cuts "http://authority" off the front of an absolute target.
Status TakeAuthority(std::string_view* raw, std::string* authority) {
  const size_t scheme = raw->find("://");
  if (raw->front() == '/' || scheme == std::string_view::npos) {
    return raw->front() == '/' ? Status() : Status::Reject("the target must be a path that begins with '/'");
  }
  std::string name(raw->substr(0, scheme));
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c | 0x20; });
  if (name != "http" && name != "https") return Status::Reject("only http targets are served here");
  raw->remove_prefix(scheme + 3);
  const size_t end = std::min(raw->find_first_of("/?"), raw->size());
  *authority = raw->substr(0, end);
  raw->remove_prefix(end);
  if (authority->empty()) return Status::Reject("the target names no host");
  return {};
}

}  // namespace

Result<std::string> PercentDecode(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return Status::Reject("a '%' needs two hex digits behind it");
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return Status::Reject("a '%' needs two hex digits behind it");
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (decoded.find('\0') != std::string::npos) return Status::Reject("a NUL is not allowed");
  if (!IsUtf8(decoded)) return Status::Reject("the escapes do not form valid UTF-8");
  return decoded;
}

std::string PercentEncode(std::string_view text, bool keep_slash) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (IsUnreserved(c) || (c == '/' && keep_slash)) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[static_cast<uint8_t>(c) >> 4];
      encoded += kHex[static_cast<uint8_t>(c) & 15];
    }
  }
  return encoded;
}

Result<QueryItems> ParseQuery(std::string_view raw) {
  QueryItems items;
  auto item = raw.begin();
  while (item != raw.end()) {
    const auto end = std::find(item, raw.end(), '&');
    const auto equals = std::find(item, end, '=');
    if (item != end) {
      SLUICE_ASSIGN(std::string name, PercentDecode({item, equals}, true));
      SLUICE_ASSIGN(std::string value, PercentDecode({equals == end ? end : equals + 1, end}, true));
      items.emplace_back(std::move(name), std::move(value));
    }
    item = end == raw.end() ? end : end + 1;
  }
  return items;
}

std::string FormatQuery(const QueryItems& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    text += (text.empty() ? "" : "&") + PercentEncode(name) + "=" + PercentEncode(value);
  }
  return text;
}

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> segments;
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  while (true) {
    const size_t end = path.find('/');
    segments.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) return segments;
    path.remove_prefix(end + 1);
  }
}

Result<Target> ParseTarget(std::string_view raw) {
  if (raw.empty()) return Status::Reject("the target is empty");
  if (!IsPrintableAscii(raw)) return Status::Reject("the target has bytes that must be percent-encoded");
  Target target;
  SLUICE_TRY(TakeAuthority(&raw, &target.authority));
  raw = raw.substr(0, raw.find('#'));
  const size_t question = std::min(raw.find('?'), raw.size());
  std::string_view query = raw.substr(question);
  if (!query.empty()) query.remove_prefix(1);
  target.segments = SplitPath(raw.substr(0, question));
  for (std::string& segment : target.segments) {
    if (segment.find('%') != std::string::npos) {
      SLUICE_ASSIGN(segment, PercentDecode(segment));
    }
    if (segment == "." || segment == "..") return Status::Reject("'.' and '..' are not followed in a path");
    target.path += '/' + segment;
  }
  SLUICE_ASSIGN(target.query, ParseQuery(query));
  return target;
}

}  // namespace sluice::http
