// The reference of the pipeline file, made from the same option tables that parse it: what `sluice docs
// config` and `sluice docs schema` print and docs/generated/ holds. Pure functions.
#pragma once

#include <string>

#include "config/load.h"

namespace sluice {

// Every section, kind and option as Markdown.
std::string ConfigReferenceMarkdown(const ComponentKinds& kinds);
// JSON Schema (draft 2020-12) of a pipeline file, for editors. Any scalar may be a string there, as in the
// file.
std::string ConfigJsonSchema(const ComponentKinds& kinds);

}  // namespace sluice
