// [stream.NAME]: from the table of the file to a StreamSpec, with every fault of it reported. Used by
// config/load.cc.
#pragma once

#include <set>
#include <string>

#include "config/options.h"
#include "core/schema.h"

namespace sluice {

OptionSet StreamOptions();

struct StreamDraft {
  StreamSpec spec;
  Place header;
  Place default_place;           // of `default = true`, or 0:0
  std::set<std::string> faulty;  // fields whose declaration is wrong: what uses them is not reported again
  bool fields_known = true;      // false: nothing can be said of what uses its fields
  bool roles_known = true;       // false: which fields are its key and its time is in doubt

  // True when the stream has the field, or might have it.
  bool MayHave(const std::string& field) const;
  // The type of a field that is well declared, or nothing.
  std::optional<FieldType> TypeOf(const std::string& field) const;
  std::vector<std::string> FieldNames() const;
};

StreamDraft ReadStream(const Node::Entry& entry, int default_partitions, OptionContext& context);

// Reports that the stream has no such field, when that is sure. True when it may have it.
bool CheckField(const StreamDraft& stream, const std::string& field, Place place, OptionContext& context);

}  // namespace sluice
