#include "app/changed_sections.h"

#include <map>

#include "core/ascii.h"

namespace sluice {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::map<std::string, std::string> Sections(std::string_view text) {
  std::map<std::string, std::string> sections;
  std::string name = "the settings";
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end), kBlanks);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    const size_t close = line.front() == '[' ? line.find(']') : std::string_view::npos;
    if (close != std::string_view::npos) {
      name = line.substr(1, close - 1);
      sections[name];
    } else {
      sections[name].append(line).push_back('\n');
    }
  }
  return sections;
}

}  // namespace

std::vector<std::string> ChangedSections(std::string_view before, std::string_view after) {
  const auto old_sections = Sections(before);
  const auto new_sections = Sections(after);
  auto names = old_sections;
  names.insert(new_sections.begin(), new_sections.end());
  std::vector<std::string> changed;
  for (const auto& [name, ignored] : names) {
    const auto was = old_sections.find(name);
    const auto is = new_sections.find(name);
    const bool both = was != old_sections.end() && is != new_sections.end();
    if (!both || was->second != is->second) changed.push_back(name);
  }
  return changed;
}

}  // namespace sluice
