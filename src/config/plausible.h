// Plausible streams: what a stream that is declared wrongly, or not at all, might be, so that mistakes of who
// uses it are told in the same run: those that are mistakes whatever it is. Values; used by config/load.cc.
#pragma once

#include <functional>
#include <vector>

#include "config/streams.h"

namespace sluice {

// The stream alone when it is well declared; otherwise it with each type for the fields in doubt, and with a
// key and a time of its own where those are. `user` is the table that uses it: of a stream that is not known
// (nullptr, or without fields), whatever that names may be a field.
std::vector<StreamSpec> PlausibleStreams(const StreamDraft* stream, const Node& user);

// Reports what `check` finds with each of the streams.
void ReportSure(const std::vector<StreamSpec>& streams, OptionContext& context,
                const std::function<void(const StreamSpec& stream, OptionContext& context)>& check);

}  // namespace sluice
