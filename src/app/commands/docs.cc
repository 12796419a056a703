#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "api/api.h"
#include "app/commands/commands.h"
#include "config/reference.h"
#include "sinks/store/postgres/grants.h"
#include "telemetry/metrics.h"

namespace sluice {

void AddDocsCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command = cli.add_subcommand("docs", "prints the reference that docs/generated/ holds");
  command->footer(
      "Examples:\n  sluice docs config\n  sluice docs schema > pipeline.schema.json\n"
      "  sluice docs grants | psql -d sensors -v writer=sluice_writer -v reader=sluice_reader");
  auto page = std::make_shared<std::string>("config");
  command->add_option("PAGE", *page, "config, metrics, api, grants or schema")
      ->check(CLI::IsMember({"config", "metrics", "api", "grants", "schema"}))
      ->capture_default_str();
  command->callback([=, &components, &action] {
    action = [=, &components] {
      const ComponentKinds kinds = KindsOf(components);
      if (*page == "config") fmt::print("{}", ConfigReferenceMarkdown(kinds));
      if (*page == "schema") fmt::print("{}", ConfigJsonSchema(kinds));
      if (*page == "metrics") fmt::print("{}", MetricsReference());
      if (*page == "api") fmt::print("{}", ApiReferenceMarkdown());
      if (*page == "grants") fmt::print("{}", pg::GrantsScript());
      return kDone;
    };
  });
}

}  // namespace sluice
