// StatementReader: lines of a prompt or a script cut into SQL statements. A statement ends at a semicolon
// that is not inside quotes ('…', "…", $$…$$) or a comment (-- … or /* … */); a line `\q` ends the input. One
// prompt, one reader.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class StatementReader {
 public:
  // Takes a line without its end; returns the statements that it completes, without semicolon and blank ones.
  std::vector<std::string> Feed(std::string_view line);
  // What stands without a semicolon at the end of the input; "" when nothing but blanks and comments does.
  std::string Rest();
  // After `\q`.
  bool quit() const { return quit_; }
  // In the middle of a statement: the prompt shows it.
  bool pending() const { return pending_; }

 private:
  enum class Inside { nothing, single_quotes, double_quotes, dollars, comment };
  size_t Step(std::string_view line, size_t at);
  std::string Take();

  std::string text_;
  Inside inside_ = Inside::nothing;
  bool pending_ = false;  // text_ holds more than blanks and comments
  bool quit_ = false;
};

}  // namespace sluice
