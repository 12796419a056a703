// Recipes: complete example pipelines, kept inside of the program (cmake/Recipes.cmake generates the list
// from recipes/) and written out by `sluice init`. Values that live as long as the process.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"
#include "platform/files.h"

namespace sluice {

struct RecipeFile {
  std::string_view path;  // "quickstart/pipeline.toml"
  std::string_view content;
};

// Sorted by path. Generated.
const std::vector<RecipeFile>& EmbeddedRecipes();

// Names of the recipes, each once.
std::vector<std::string> RecipeNames(const std::vector<RecipeFile>& files);
// The first line of the recipe's pipeline file or README that says something.
std::string RecipeSentence(const std::vector<RecipeFile>& all, const std::string& recipe);
// Writes the recipe's files below `directory`; rejects, before anything is written, when one of them is there
// already.
Status WriteRecipe(const std::vector<RecipeFile>& all, const std::string& recipe,
                   const std::string& directory, Files& files);

}  // namespace sluice
