#include "app/cases/case_file.h"

#include <sstream>

#include <fmt/format.h>

namespace sluice {
namespace {

std::vector<std::string> Words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace

Result<std::vector<CaseBlock>> ParseCase(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<CaseBlock> blocks;
  CaseBlock block;
  int number = 0;
  const auto end_block = [&] {
    if (!block.words.empty()) blocks.push_back(std::exchange(block, {}));
  };
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) {
      end_block();
    } else if (block.words.empty() && line.front() == '#') {
      block.notes.push_back(line);
    } else if (block.words.empty()) {
      block.line = number;
      block.words = Words(line);
    } else if (line == "----") {
      if (block.expects) return Status::Reject(fmt::format("line {}: a second ---- in one block", number));
      block.expects = true;
    } else {
      (block.expects ? block.expected : block.body) += line + "\n";
    }
  }
  end_block();
  if (blocks.empty()) return Status::Reject("no block in the case");
  return blocks;
}

std::string FormatCase(const std::vector<CaseBlock>& blocks) {
  std::string text;
  for (const CaseBlock& block : blocks) {
    if (!text.empty()) text += "\n";
    for (const std::string& note : block.notes) text += note + "\n";
    text += fmt::format("{}\n", fmt::join(block.words, " ")) + block.body;
    if (block.expects) text += "----\n" + block.expected;
  }
  return text;
}

}  // namespace sluice
