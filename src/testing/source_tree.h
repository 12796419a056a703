// Where the project's own files are, for tests that read data or start servers of it. Known to one file
// alone, so that a compiler cache serves all others to a checkout in another place. Included by tests only.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// The absolute path of a file or folder of the checkout, "docs/formats/log.md".
std::string InSourceTree(std::string_view path);

}  // namespace sluice
