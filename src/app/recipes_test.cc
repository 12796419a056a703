#include "app/recipes.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <unistd.h>

#include "testing/source_tree.h"

namespace sluice {
namespace {

using testing::Contains;
using testing::ElementsAre;

const std::vector<RecipeFile> kTwo = {{"one/README.md", "read"},
                                      {"one/data/a.csv", "a\n"},
                                      {"one/pipeline.toml", "# First\n# of two. More.\nx = 1\n"},
                                      {"two/pipeline.toml", ""}};

class RecipesTest : public testing::Test {
 protected:
  RecipesTest() { std::filesystem::remove_all(folder_); }
  ~RecipesTest() override { std::filesystem::remove_all(folder_); }
  std::string Content(const std::string& name) { return *ReadWholeFile(SystemFiles(), folder_ + "/" + name); }

  const std::string folder_ = testing::TempDir() + "recipes_test_" + std::to_string(::getpid());
};

TEST_F(RecipesTest, EachIsNamedOnce) { EXPECT_THAT(RecipeNames(kTwo), ElementsAre("one", "two")); }

TEST_F(RecipesTest, TheProgramHoldsTheQuickstart) {
  EXPECT_THAT(RecipeNames(EmbeddedRecipes()), Contains("quickstart"));
}

TEST_F(RecipesTest, TheSentenceIsTheFirstOfThePipelineFile) {
  EXPECT_EQ(RecipeSentence(kTwo, "one"), "First of two");
  EXPECT_EQ(RecipeSentence(kTwo, "two"), "");
}

TEST_F(RecipesTest, AllFilesOfTheRecipeAreWritten) {
  ASSERT_TRUE(WriteRecipe(kTwo, "one", folder_, SystemFiles()).ok());
  EXPECT_EQ(Content("data/a.csv"), "a\n");
  EXPECT_EQ(Content("README.md"), "read");
}

TEST_F(RecipesTest, NothingIsOverwritten) {
  ASSERT_TRUE(WriteRecipe(kTwo, "two", folder_, SystemFiles()).ok());
  EXPECT_EQ(WriteRecipe(kTwo, "one", folder_, SystemFiles()).code(), Code::reject);
  EXPECT_FALSE(SystemFiles().Exists(folder_ + "/README.md"));
}

TEST_F(RecipesTest, EmbeddedFilesAreTheFilesOfTheSourceTree) {
  for (const RecipeFile& file : EmbeddedRecipes()) {
    const auto source = ReadWholeFile(SystemFiles(), InSourceTree("recipes/" + std::string(file.path)));
    ASSERT_TRUE(source.ok());
    EXPECT_TRUE(*source == file.content) << file.path;
  }
}

}  // namespace
}  // namespace sluice
