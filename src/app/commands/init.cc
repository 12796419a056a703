#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/console/terminal_text.h"
#include "app/recipes.h"

namespace sluice {
namespace {

int ListRecipes() {
  TextTable table({{"recipe"}, {"what it is"}});
  for (const std::string& name : RecipeNames(EmbeddedRecipes())) {
    table.Add({name, RecipeSentence(EmbeddedRecipes(), name)});
  }
  fmt::print("{}", table.Text(100));
  return kDone;
}

int Init(const std::string& recipe, std::string directory) {
  if (recipe.empty()) return ListRecipes();
  const std::vector<std::string> names = RecipeNames(EmbeddedRecipes());
  if (std::find(names.begin(), names.end(), recipe) == names.end()) {
    return Explain(Status::Reject(
        fmt::format("there is no recipe '{}'; there are: {}", recipe, fmt::join(names, ", "))));
  }
  if (directory.empty()) directory = recipe;
  if (const Status status = WriteRecipe(EmbeddedRecipes(), recipe, directory, SystemFiles()); !status.ok()) {
    return Explain(status);
  }
  fmt::print("{0} holds the recipe {1}; next: cd {0} && sluice run pipeline.toml\n", TerminalText(directory),
             recipe);
  return kDone;
}

}  // namespace

void AddInitCommand(CLI::App& cli, const Components&, Action& action) {
  auto* command = cli.add_subcommand("init", "writes a recipe to start from; lists them when none is given");
  command->footer(
      "Examples:\n"
      "  sluice init                      lists the recipes\n"
      "  sluice init quickstart           into ./quickstart\n"
      "  sluice init quickstart my-fleet\n"
      "Nothing is overwritten.");
  auto recipe = std::make_shared<std::string>();
  auto directory = std::make_shared<std::string>();
  command->add_option("RECIPE", *recipe, "which one (default: list them)");
  command->add_option("DIR", *directory, "where to (default: a new directory of the recipe's name)");
  command->callback([=, &action] { action = [=] { return Init(*recipe, *directory); }; });
}

}  // namespace sluice
