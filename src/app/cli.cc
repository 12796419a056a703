#include "app/cli.h"

#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/console/terminal_text.h"
#include "app/version.h"

namespace sluice {
namespace {

// In the order of --help.
constexpr void (*kCommands[])(CLI::App&, const Components&, Action&) = {
    AddInitCommand,   AddRunCommand,    AddCheckCommand, AddTestCommand,   AddSimulateCommand,
    AddReplayCommand, AddSqlCommand,    AddTailCommand,  AddStatusCommand, AddAuditCommand,
    AddDeadCommand,   AddForgetCommand, AddLogCommand,   AddDocsCommand,
};

}  // namespace

int RunCli(int argc, char** argv, const Components& components) {
  CLI::App cli(
      "Sluice carries sensor readings from devices to tables, files and screens, and loses none of them.");
  cli.set_version_flag("--version", VersionText(), "version, commit and the versions of the libraries");
  cli.require_subcommand(1);
  cli.footer(
      "Examples:\n"
      "  sluice init quickstart       write a recipe to start from\n"
      "  sluice run pipeline.toml     run it\n"
      "  sluice check pipeline.toml   all errors of a pipeline file at once\n"
      "Every command takes --help. Exit codes: 0 done, 1 the answer is no, 2 wrong use or pipeline file,\n"
      "3 a component could not be reached.");
  Action action;
  for (const auto& add : kCommands) add(cli, components, action);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = cli.exit(error);
    return code == 0 ? kDone : kWrongUse;
  }
  return action();
}

int Explain(const Status& status) {
  fmt::print(stderr, "sluice: {}\n", TerminalText(status.message()));
  return status.code() == Code::reject ? kWrongUse : kUnreachable;
}

}  // namespace sluice
