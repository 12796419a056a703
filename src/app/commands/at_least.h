// AtLeast: the check of a number on the command line, with a message that says what is allowed. Pure.
#pragma once

#include <cstdint>

#include <CLI/CLI.hpp>

namespace sluice {

// "must be at least 1, not 0", and the same for what is no number. Whether it must be whole is the option's
// own type to say.
CLI::Validator AtLeast(int64_t least);

}  // namespace sluice
