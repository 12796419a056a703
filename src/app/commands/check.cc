#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands/commands.h"

namespace sluice {

void AddCheckCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command = cli.add_subcommand("check", "all errors of a pipeline file at once; changes nothing");
  command->footer("Example:\n  sluice check pipeline.toml --env-file .env");
  auto file = std::make_shared<std::string>();
  auto env_file = std::make_shared<std::string>();
  command->add_option("FILE", *file, "the pipeline file")->required();
  command->add_option("--env-file", *env_file,
                      "variables for ${NAME}, in dotenv syntax; the environment wins");
  command->callback([=, &components, &action] {
    action = [=, &components] {
      const auto spec = LoadOrExplain(*file, *env_file, components);
      if (spec == nullptr) return kWrongUse;
      fmt::print("{}: ok: {} streams, {} sources, {} summaries\n", *file, spec->streams.size(),
                 spec->sources.size(), spec->summaries.size());
      return kDone;
    };
  });
}

}  // namespace sluice
