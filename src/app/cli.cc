#include "app/cli.h"

#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/console/terminal_text.h"
#include "app/version.h"
#include "config/diagnostic.h"

namespace sluice {
namespace {

// In the order of --help.
constexpr void (*kCommands[])(CLI::App&, const Components&, Action&) = {
    AddInitCommand,   AddRunCommand,    AddCheckCommand, AddTestCommand,   AddSimulateCommand,
    AddReplayCommand, AddSqlCommand,    AddTailCommand,  AddStatusCommand, AddAuditCommand,
    AddDeadCommand,   AddForgetCommand, AddLogCommand,   AddDocsCommand,
};

// What is said of the word, if any, that stands where a command of `app` should.
std::string ExplainCommand(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  const bool inner = app.get_parent() != nullptr;
  const std::string list = fmt::format("{} {}", inner ? "it has" : "commands are", JoinWords(names));
  const std::string title = fmt::format("`sluice {}`", app.get_name());
  if (words.empty()) {
    return inner ? fmt::format("{} needs one of {}", title, JoinWords(names)) : "which command? " + list;
  }
  const std::string& word = words.front();
  const std::string meant = Suggest(word, names);
  const std::string question = meant.empty() ? "" : fmt::format(", did you mean `{}`?", meant);
  const char* end = meant.empty() ? ";" : "";
  if (word.starts_with('-')) return fmt::format("there is no option `{}` before a command; {}", word, list);
  if (inner) return fmt::format("{} has no `{}`{}{} {}", title, word, question, end, list);
  return fmt::format("there is no command `{}`{}{} {}", word, question, end, list);
}

// The exit code; what is wrong goes to stderr. A missing or unknown command is put into words of our own.
int Refuse(const CLI::App& cli, const CLI::ParseError& error) {
  const CLI::App* app = &cli;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  const bool command_missing =
      dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && app->get_require_subcommand_min() > 0;
  if (!command_missing) return cli.exit(error) == 0 ? kDone : kWrongUse;
  const std::vector<std::string> words = cli.remaining(true);
  fmt::print(stderr, "sluice: {}\n", TerminalText(ExplainCommand(*app, words)));
  return kWrongUse;
}

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
      "3 a component could not be reached, 130 stopped before the end.");
  Action action;
  for (const auto& add : kCommands) add(cli, components, action);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Refuse(cli, error);
  }
  return action();
}

int Explain(const Status& status) {
  fmt::print(stderr, "sluice: {}\n", TerminalLines(status.message()));
  return status.code() == Code::reject ? kWrongUse : kUnreachable;
}

}  // namespace sluice
