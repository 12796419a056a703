#include <algorithm>

#include "config/toml.h"

namespace sluice {
namespace {

// Walks over the text outside of strings and comments. Agrees with TOML up to its first syntax error, which
// is as far as the library gets.
class BoundsScanner {
 public:
  explicit BoundsScanner(std::string_view text) : text_(text) {}

  std::optional<TomlExcess> Run() {
    while (at_ < text_.size() && !excess_) {
      const char c = text_[at_];
      if (c == '#') {
        SkipTo('\n');
      } else if (c == '"' || c == '\'') {
        SkipString(c);
      } else {
        Count(c);
        Advance(1);
      }
    }
    return excess_;
  }

 private:
  void Count(char c) {
    if (c == '[' || c == '{') Open(c);
    if ((c == ']' || c == '}') && depth_ > 0) --depth_;
    if (c == '.' && ++parts_ >= kMaxTomlKeyParts) Exceed("this key has more than 32 parts");
    if (c == '\n' || c == '=' || c == ',' || c == '[' || c == ']' || c == '{' || c == '}') parts_ = 0;
    if (c != ' ' && c != '\t' && c != '\r') line_is_fresh_ = c == '\n';
  }

  void Open(char c) {
    if (++depth_ > kMaxTomlDepth) Exceed("this nests deeper than 32 levels");
    if (c == '[' && line_is_fresh_ && ++tables_ > kMaxTomlTables) Exceed("more than 4096 tables");
  }

  void Exceed(std::string_view reason) {
    if (!excess_) excess_ = TomlExcess{place_, reason};
  }

  void SkipTo(char end) {
    while (at_ < text_.size() && text_[at_] != end) Advance(1);
  }

  void SkipString(char quote) {
    line_is_fresh_ = false;
    const std::string three(3, quote);
    if (text_.substr(at_).starts_with(three)) {
      Advance(3);
      SkipMultiLine(quote, three);
      return;
    }
    Advance(1);
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') SkipCharacter(quote);
    if (at_ < text_.size() && text_[at_] == quote) Advance(1);
  }

  void SkipMultiLine(char quote, std::string_view three) {
    while (at_ < text_.size() && !text_.substr(at_).starts_with(three)) SkipCharacter(quote);
    Advance(3);
    // Up to two more quotes are the end of the string's content.
    for (int i = 0; i < 2 && at_ < text_.size() && text_[at_] == quote; ++i) Advance(1);
  }

  void SkipCharacter(char quote) { Advance(quote == '"' && text_[at_] == '\\' ? 2 : 1); }

  void Advance(size_t n) {
    for (const size_t end = std::min(at_ + n, text_.size()); at_ < end; ++at_) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '\n') {
        ++place_.line;
        place_.col = 1;
      } else if ((byte & 0xc0) != 0x80) {
        ++place_.col;
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  Place place_{1, 1};
  int depth_ = 0;
  int parts_ = 0;
  int tables_ = 0;
  bool line_is_fresh_ = true;  // nothing but blanks so far
  std::optional<TomlExcess> excess_;
};

}  // namespace

std::optional<TomlExcess> FindTomlExcess(std::string_view text) { return BoundsScanner(text).Run(); }

}  // namespace sluice
