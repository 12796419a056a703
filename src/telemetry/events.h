// Events: what the program says about itself: one line each, as text on a terminal or as JSON for machines,
// on stderr. Every event names its component ("source.devices", "store.readings", "log"); values are never
// secrets. Thread-safe; configured once at start by the app, silent until then (tests).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

enum class Level { debug, info, warn, error };
enum class EventFormat { text, json };

struct EventOptions {
  EventFormat format = EventFormat::text;
  Level level = Level::info;
  std::string role = "all";  // of this process
};
void StartEvents(const EventOptions& options);

using EventFields = std::initializer_list<std::pair<std::string_view, std::string>>;
void Event(Level level, std::string_view component, std::string_view message, EventFields fields = {});

// One line: control characters escaped, so that input from outside cannot forge lines.
std::string EventLine(const EventOptions& options, std::string_view time, Level level,
                      std::string_view component, std::string_view message, EventFields fields);

}  // namespace sluice
