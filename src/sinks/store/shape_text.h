// The declared shape of a stream or summary as canonical JSON, kept in sluice_schema: what a later start
// compares with. Shared by both databases. Pure functions.
#pragma once

#include <string>

#include "core/schema.h"
#include "core/summary.h"

namespace sluice {

// The layout of the tables that sluice keeps; a database of another one is refused.
inline constexpr int kStoreFormat = 1;

std::string ShapeText(const StreamSpec& stream);
// Everything that decides what the parts hold or the view shows, also the types of the fields; not `retain`.
std::string ShapeText(const SummarySpec& summary, const StreamSpec& stream);

}  // namespace sluice
