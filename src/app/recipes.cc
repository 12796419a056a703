#include "app/recipes.h"

#include <filesystem>

#include <fmt/format.h>

namespace sluice {
namespace {

std::string_view NameOf(const RecipeFile& file) { return file.path.substr(0, file.path.find('/')); }
std::string PlaceOf(const RecipeFile& file, const std::string& directory) {
  return directory + std::string(file.path.substr(file.path.find('/')));
}

// A script of a recipe; where that is not to be had, `sh` runs it.
void MakeExecutable(const std::string& path) {
  using std::filesystem::perms;
  std::error_code ignored;
  std::filesystem::permissions(path, perms::owner_exec | perms::group_exec | perms::others_exec,
                               std::filesystem::perm_options::add, ignored);
}

}  // namespace

std::vector<std::string> RecipeNames(const std::vector<RecipeFile>& files) {
  std::vector<std::string> names;
  for (const RecipeFile& file : files) {
    if (names.empty() || names.back() != NameOf(file)) names.emplace_back(NameOf(file));
  }
  return names;
}

std::string RecipeSentence(const std::vector<RecipeFile>& all, const std::string& recipe) {
  for (const RecipeFile& file : all) {
    if (file.path != recipe + "/pipeline.toml" || !file.content.starts_with("# ")) continue;
    std::string comment;
    for (std::string_view rest = file.content; rest.starts_with("# ");) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      comment += std::string(comment.empty() ? "" : " ") + std::string(rest.substr(2, end - 2));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return comment.substr(0, comment.find(". "));
  }
  return "";
}

Status WriteRecipe(const std::vector<RecipeFile>& all, const std::string& recipe,
                   const std::string& directory, Files& files) {
  for (const RecipeFile& file : all) {
    const std::string place = PlaceOf(file, directory);
    if (NameOf(file) == recipe && files.Exists(place)) {
      return Status::Reject(
          fmt::format("{} is there already and nothing is overwritten; name another directory", place));
    }
  }
  for (const RecipeFile& file : all) {
    if (NameOf(file) != recipe) continue;
    const std::string place = PlaceOf(file, directory);
    SLUICE_TRY(files.MakeDirectories(place.substr(0, place.rfind('/'))));
    SLUICE_TRY(ReplaceFile(files, place, file.content));
    if (file.content.starts_with("#!")) MakeExecutable(place);
  }
  return {};
}

}  // namespace sluice
