#include "sources/file/spec.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace sluice {
namespace {

constexpr std::array<std::string_view, 9> kCompressed = {".gz",  ".zst", ".bz2", ".zip", ".xz",
                                                         ".lz4", ".br",  ".7z",  ".tgz"};

bool EndsWith(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  return std::equal(lower.begin(), lower.end(), text.end() - static_cast<std::ptrdiff_t>(lower.size()),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
}

}  // namespace

bool IsPattern(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

bool IsCompressed(std::string_view path) {
  return std::any_of(kCompressed.begin(), kCompressed.end(),
                     [&](std::string_view ending) { return EndsWith(path, ending); });
}

std::vector<Contradiction> Contradictions(const FileSourceSpec& spec) {
  const bool pipe = spec.path == "-";
  const bool parquet =
      spec.codec.value_or(CodecFromPath(spec.path).value_or(CodecKind::json)) == CodecKind::parquet;
  std::vector<Contradiction> found;
  const auto check = [&](bool contradicts, const char* option, std::string message) {
    if (contradicts) found.push_back({option, std::move(message)});
  };
  check(spec.path.find("://") != std::string::npos, "path",
        fmt::format("{} is a URL, and files alone are read: download it first", spec.path));
  check(IsCompressed(spec.path) && !IsPattern(spec.path), "path",
        fmt::format("{} is compressed; unpack it first", spec.path));
  check(spec.follow && spec.repeat, "repeat", "`follow` has no end that `repeat` could start again after");
  check(spec.follow && spec.sort_by_time, "sort_by_time", "`sort_by_time` needs an end, `follow` has none");
  check(spec.follow && parquet, "follow", "a Parquet file is written at once and cannot be followed");
  check(pipe && spec.follow, "follow", "the standard input is read to its end and cannot be followed");
  check(pipe && spec.repeat, "repeat", "the standard input can be read only once");
  check(pipe && spec.sort_by_time, "sort_by_time",
        "the standard input cannot be sorted; write it to a file first");
  check(pipe && parquet, "codec", "Parquet cannot be read from standard input; write it to a file first");
  return found;
}

}  // namespace sluice
