// The file `streams`: a copy of the records that describe the streams. They are written once, when a stream
// is declared, and without them every batch is unreadable; so they are the one thing worth keeping twice.
// Read by repair only. Pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "log/embedded/catalog.h"

namespace sluice::embedded {

std::string StreamCopyPath(const std::string& directory);
std::string EncodeStreamCopy(const Catalog& catalog);
// The records by key; none when a byte is wrong.
std::map<std::string, std::string> DecodeStreamCopy(std::string_view bytes);

}  // namespace sluice::embedded
