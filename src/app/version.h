// What `sluice --version` prints: version, commit and the versions of the libraries in use.
#pragma once

#include <string>

namespace sluice {

std::string VersionText();
// The first of it, "1.0.0 (commit …)": what the API says.
std::string VersionLine();

}  // namespace sluice
