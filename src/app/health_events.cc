#include "app/health_events.h"

#include <utility>

#include "telemetry/events.h"

namespace sluice {

void HealthEvents::Tell(const Report& report) {
  for (const ComponentReport& component : report.components) {
    Seen& seen = seen_[component.name];
    const bool waited = std::exchange(seen.waited, !component.health.ok());
    if (component.health.ok()) {
      if (!seen.told.empty()) Event(Level::info, component.name, "is well again");
      seen.told.clear();
    } else if (waited && seen.told != component.health.message()) {
      seen.told = component.health.message();
      Event(Level::warn, component.name, "waits: " + seen.told);
    }
  }
}

}  // namespace sluice
