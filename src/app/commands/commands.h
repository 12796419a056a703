// Commands: each adds itself to the command line and, when chosen, sets what to run. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/asking.h"
#include "app/cli.h"
#include "app/components.h"
#include "app/console/text_table.h"

namespace CLI {
class App;
}

namespace sluice {

// What the chosen command does; returns the exit code.
using Action = std::function<int()>;

void AddRunCommand(CLI::App& cli, const Components& components, Action& action);
void AddCheckCommand(CLI::App& cli, const Components& components, Action& action);
void AddDocsCommand(CLI::App& cli, const Components& components, Action& action);
void AddTestCommand(CLI::App& cli, const Components& components, Action& action);
void AddInitCommand(CLI::App& cli, const Components& components, Action& action);
void AddSimulateCommand(CLI::App& cli, const Components& components, Action& action);
void AddReplayCommand(CLI::App& cli, const Components& components, Action& action);
void AddSqlCommand(CLI::App& cli, const Components& components, Action& action);
void AddTailCommand(CLI::App& cli, const Components& components, Action& action);
void AddStatusCommand(CLI::App& cli, const Components& components, Action& action);
void AddAuditCommand(CLI::App& cli, const Components& components, Action& action);
void AddForgetCommand(CLI::App& cli, const Components& components, Action& action);
void AddDeadCommand(CLI::App& cli, const Components& components, Action& action);
void AddLogCommand(CLI::App& cli, const Components& components, Action& action);

// Loads a pipeline file; prints every error and returns nullptr when there is one.
std::unique_ptr<PipelineSpec> LoadOrExplain(const std::string& file, const std::string& env_file,
                                            const Components& components);

// What commands that ask a pipeline have in common (whom.cc).
void AddWhomOptions(CLI::App& command, Whom& whom);
void AddJsonOption(CLI::App& command, bool& json);
int PrintTable(const Result<TextTable>& table, std::string_view when_empty = {});
// A word that the command does not know what to do with.
int TooMany(const std::vector<std::string>& words);

// The exit code for a failure, whose message goes to stderr.
int Explain(const Status& status);

}  // namespace sluice
