#include "testing/source_tree.h"

namespace sluice {

std::string InSourceTree(std::string_view path) { return std::string(SLUICE_SOURCE_DIR "/").append(path); }

}  // namespace sluice
