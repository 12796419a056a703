#include "app/roles.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sinks/store/stream_sql.h"

namespace sluice {
namespace {

bool IsSource(const std::string& component) { return component.starts_with("source."); }

std::vector<std::string> ComponentsOf(const PipelineSpec& spec) {
  std::vector<std::string> names;
  for (const ComponentSpec& source : spec.sources) names.push_back(source.Title());
  for (const StreamSpec& stream : spec.streams) names.push_back(StoreJobOf(stream.name));
  return names;
}

Status CheckApart(const Roles& roles, const PipelineSpec& spec, SharedParts shared) {
  if (roles.All()) return {};
  if (!shared.log) {
    return Status::Reject(
        fmt::format("--only {}: a log of kind \"{}\" belongs to one process, which runs everything. Give the "
                    "pipeline a log that processes share ([log] kind = \"kafka\")",
                    roles.Text(), spec.log.kind));
  }
  if (roles.AnyJob() != roles.api && !shared.store) {
    return Status::Reject(
        fmt::format("--only {}: a store of kind \"{}\" belongs to one process: run --only jobs,api together, "
                    "or give the pipeline a store that processes share ([store] kind = \"postgres\")",
                    roles.Text(), spec.store.kind));
  }
  return {};
}

}  // namespace

bool Roles::Run(const std::string& component) const {
  return (IsSource(component) ? sources : jobs) ||
         std::find(components.begin(), components.end(), component) != components.end();
}

bool Roles::AnyJob() const { return jobs || !std::all_of(components.begin(), components.end(), &IsSource); }

std::string Roles::Text() const {
  if (All()) return "all";
  std::vector<std::string> words = components;
  if (sources) words.emplace_back("sources");
  if (jobs) words.emplace_back("jobs");
  if (api) words.emplace_back("api");
  return fmt::format("{}", fmt::join(words, ","));
}

Result<Roles> ParseRoles(const std::vector<std::string>& only, const PipelineSpec& spec, SharedParts shared) {
  if (only.empty()) return Roles();
  Roles roles{.sources = false, .jobs = false, .api = false};
  const std::vector<std::string> known = ComponentsOf(spec);
  for (const std::string& word : only) {
    if (word == "sources") {
      roles.sources = true;
    } else if (word == "jobs") {
      roles.jobs = true;
    } else if (word == "api") {
      roles.api = true;
    } else if (std::find(known.begin(), known.end(), word) != known.end()) {
      roles.components.push_back(word);
    } else {
      return Status::Reject(
          fmt::format("--only {}: there is no such role or component; it can be sources, jobs, api, {}", word,
                      fmt::join(known, ", ")));
    }
  }
  SLUICE_TRY(CheckApart(roles, spec, shared));
  return roles;
}

}  // namespace sluice
