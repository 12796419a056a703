// Roles: which part of a pipeline this process runs (`sluice run --only …`), as design of a cluster has it:
// sources bring readings into the log, jobs carry them from the log to the store, api answers questions.
// Values; pure functions.
#pragma once

#include <string>
#include <vector>

#include "config/pipeline.h"
#include "core/status.h"

namespace sluice {

struct Roles {
  bool sources = true;  // all of them
  bool jobs = true;     // all of them
  bool api = true;
  std::vector<std::string> components;  // and these ("source.devices", "store.readings")

  bool All() const { return sources && jobs && api; }
  // Whether this source or job runs here.
  bool Run(const std::string& component) const;
  bool AnyJob() const;
  bool UseStore() const { return api || AnyJob(); }
  // "all", or as it was asked for: "sources", "jobs,api", "source.devices".
  std::string Text() const;
};

// What several processes can work on at the same time.
struct SharedParts {
  bool log = false;
  bool store = false;
};

// `only` as on the command line: roles and names of components; empty: everything. Rejects a word that is
// neither, and roles apart whose log or store belongs to one process.
Result<Roles> ParseRoles(const std::vector<std::string>& only, const PipelineSpec& spec, SharedParts shared);

}  // namespace sluice
