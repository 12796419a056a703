// What `sluice --version` prints: version, commit and the versions of the libraries in use.
#pragma once

#include <string>

namespace sluice {

std::string VersionText();

}  // namespace sluice
