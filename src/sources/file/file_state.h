// What a file source keeps of a file in its origin's answer. The origin bears the file's inode; what the
// content is known by, the hash of its first bytes and how many they were, is kept here, so that a file
// shorter than 1 KiB stays the same file while it grows. Text line, then the decoder's state. Values; pure
// functions but for HashPrefix.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/files.h"
#include "sources/file/pace.h"

namespace sluice {

// The first bytes of a content, at most kPrefixBytes.
struct Prefix {
  int64_t length = 0;
  std::string hash;  // SHA-256
  bool operator==(const Prefix&) const = default;
};

inline constexpr int64_t kPrefixBytes = 1024;

struct FileState {
  int64_t offset = 0;  // byte, or row of a Parquet file
  int64_t skip = 0;    // entries from there on that are brought in already
  bool ended = false;  // to the end, a last line without newline included
  int64_t round = 0;   // of `repeat`
  Prefix prefix;
  std::optional<PaceAnchor> anchor;
  std::string decoder;  // its state at `offset`
  bool operator==(const FileState&) const = default;
};

std::string FormatFileState(const FileState& state);
// Nothing when this is no such state.
std::optional<FileState> ParseFileState(std::string_view text);

// Of the first `length` bytes of the file, fewer when it is shorter.
Result<Prefix> HashPrefix(ReadableFile& file, int64_t length = kPrefixBytes);

}  // namespace sluice
