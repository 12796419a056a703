// Which sections of a pipeline file differ between two versions of its text: what SIGHUP tells. Comments,
// blank lines and the order of sections do not count. Pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// Headers without brackets, in the order of names; "the settings" for what stands before the first.
std::vector<std::string> ChangedSections(std::string_view before, std::string_view after);

}  // namespace sluice
