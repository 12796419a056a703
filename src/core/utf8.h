// Whether bytes are UTF-8 as Unicode defines it: shortest forms, no surrogates, nothing above U+10FFFF. Pure.
#pragma once

#include <string_view>

namespace sluice {

bool IsUtf8(std::string_view bytes);

}  // namespace sluice
