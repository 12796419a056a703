# The recipes as text inside of the program, so that `sluice init` works from anywhere: generates recipes.cc, which
# defines EmbeddedRecipes() of src/app/recipes.h. Files of up to 512 KiB under recipes/NAME/; tests and what a run leaves
# behind are no part of a recipe.
file(GLOB_RECURSE recipe_files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/recipes ${CMAKE_SOURCE_DIR}/recipes/*)
list(FILTER recipe_files EXCLUDE REGEX "(^|/)(sluice-data|tests?|__pycache__|\\.[^/]*)/|_test\\.py$|(^|/)\\.[^/]*$")
list(FILTER recipe_files INCLUDE REGEX "/")
set(recipes_cc "#include \"app/recipes.h\"\n\nnamespace sluice {\n\nconst std::vector<RecipeFile>& EmbeddedRecipes() {\n")
string(APPEND recipes_cc "  static const std::vector<RecipeFile> files = {\n")
foreach(name ${recipe_files})
  set(path ${CMAKE_SOURCE_DIR}/recipes/${name})
  file(SIZE ${path} size)
  if(size GREATER 524288)
    continue()
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(READ ${path} hex HEX)
  # Octal would be shorter, but \x needs no thought about what follows: the literal is closed every 32 bytes.
  string(REGEX REPLACE "(................................................................)" "\\1\"\n\"" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" hex "${hex}")
  string(APPEND recipes_cc "{\"${name}\", std::string_view(\n\"${hex}\", ${size})},\n")
endforeach()
string(APPEND recipes_cc "  };\n  return files;\n}\n\n}  // namespace sluice\n")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/recipes.cc CONTENT "${recipes_cc}" @ONLY)
target_sources(sluice_app PRIVATE ${CMAKE_BINARY_DIR}/generated/recipes.cc)
