// JSON answers of the API as tables for people, and pieces of them. Pure functions over text that came from a
// server, so they reject what is no JSON of the expected shape.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/console/text_table.h"
#include "core/status.h"

namespace sluice {

// A column of a table: the member of each object that it shows ("terms.stored" descends), and its title.
struct JsonColumn {
  std::string member;
  std::string title;
  bool right = false;
};
// An array of objects, under `pointer` ("/jobs"; "" for the whole). What is missing or null is an empty cell,
// a nested value its JSON text.
Result<TextTable> TableOfObjects(std::string_view json, const std::string& pointer,
                                 const std::vector<JsonColumn>& columns);
// The same for an object whose members are the rows; their names are the first column.
Result<TextTable> TableOfMembers(std::string_view json, const std::string& pointer, const std::string& title,
                                 const std::vector<JsonColumn>& columns);
// One value as text, by JSON pointer; "" when it is missing or null.
std::string JsonMember(std::string_view json, const std::string& pointer);
// The elements of an array, each as its own JSON text.
Result<std::vector<std::string>> JsonElements(std::string_view json);
// One array out of lines that are JSON values each; blank lines are none.
std::string JsonArrayOfLines(std::string_view lines);

}  // namespace sluice
