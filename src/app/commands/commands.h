// Commands: each adds itself to the command line and, when chosen, sets what to run. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/cli.h"
#include "app/components.h"

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

// Loads a pipeline file; prints every error and returns nullptr when there is one.
std::unique_ptr<PipelineSpec> LoadOrExplain(const std::string& file, const std::string& env_file,
                                            const Components& components);

// The exit code for a failure, whose message goes to stderr.
int Explain(const Status& status);

}  // namespace sluice
