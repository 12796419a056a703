// CSV as a table for people: what `sluice sql` shows, because CSV carries every number with all its digits. A
// null is an empty cell. Columns whose every value is a number stand to the right. Pure; rejects what is no
// CSV with a header.
#pragma once

#include <string_view>

#include "app/console/text_table.h"
#include "core/status.h"

namespace sluice {

Result<TextTable> TableOfCsv(std::string_view csv);

}  // namespace sluice
