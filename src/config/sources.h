// Components of a kind: [source.NAME], [log], [store]: from the table of the file to a ComponentSpec. Used by
// config/load.cc.
#pragma once

#include "config/load.h"
#include "config/streams.h"

namespace sluice {

// The options that every source has, whatever its kind.
OptionSet InputOptions(const std::vector<std::string>& codecs);

ComponentSpec ReadSource(const Node::Entry& entry, const ComponentKinds& kinds, OptionContext& context);

// What its stream says to it: fields of `map` and `set`, the codec's and the kind's own rules. nullptr: there
// is no such stream; then what would be wrong with any.
void CheckSource(const ComponentSpec& source, const Node::Entry& entry, const StreamDraft* stream,
                 const ComponentKinds& kinds, OptionContext& context);

// [log] or [store]; `entry` is nullptr when the file has none: the first kind with its defaults.
ComponentSpec ReadSingle(const std::string& section, const Node::Entry* entry,
                         const std::vector<ComponentKind>& kinds, OptionContext& context);

const ComponentKind* FindKind(const std::vector<ComponentKind>& kinds, std::string_view name);

}  // namespace sluice
