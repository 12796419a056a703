#include "app/console/json_table.h"

#include <algorithm>

#include <simdjson.h>

namespace sluice {
namespace {

namespace dom = simdjson::dom;

Status NotExpected() {
  return Status::Retry("the answer is not what a sluice would send; is this address one?");
}

std::string CellText(const dom::element& value) {
  std::string_view text;
  if (value.is_null()) return "";
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  return simdjson::minify(value);
}

std::string Descend(dom::element value, std::string_view member) {
  while (!member.empty()) {
    const size_t dot = std::min(member.find('.'), member.size());
    if (value[member.substr(0, dot)].get(value) != simdjson::SUCCESS) return "";
    member.remove_prefix(std::min(dot + 1, member.size()));
  }
  return CellText(value);
}

std::vector<TextTable::Column> Titles(const std::vector<JsonColumn>& columns) {
  std::vector<TextTable::Column> titles;
  for (const JsonColumn& column : columns) titles.push_back({column.title, column.right});
  return titles;
}

Result<dom::element> Parse(dom::parser& parser, std::string_view json, const std::string& pointer) {
  dom::element whole;
  if (parser.parse(json.data(), json.size()).get(whole) != simdjson::SUCCESS) return NotExpected();
  if (pointer.empty()) return whole;
  dom::element part;
  if (whole.at_pointer(pointer).get(part) != simdjson::SUCCESS) return NotExpected();
  return part;
}

}  // namespace

Result<TextTable> TableOfObjects(std::string_view json, const std::string& pointer,
                                 const std::vector<JsonColumn>& columns) {
  dom::parser parser;
  SLUICE_ASSIGN(const dom::element part, Parse(parser, json, pointer));
  dom::array rows;
  if (part.get(rows) != simdjson::SUCCESS) return NotExpected();
  TextTable table(Titles(columns));
  for (const dom::element row : rows) {
    std::vector<std::string> cells;
    for (const JsonColumn& column : columns) cells.push_back(Descend(row, column.member));
    table.Add(std::move(cells));
  }
  return table;
}

Result<TextTable> TableOfMembers(std::string_view json, const std::string& pointer, const std::string& title,
                                 const std::vector<JsonColumn>& columns) {
  dom::parser parser;
  SLUICE_ASSIGN(const dom::element part, Parse(parser, json, pointer));
  dom::object rows;
  if (part.get(rows) != simdjson::SUCCESS) return NotExpected();
  auto titles = Titles(columns);
  titles.insert(titles.begin(), {title});
  TextTable table(std::move(titles));
  for (const dom::key_value_pair row : rows) {
    std::vector<std::string> cells = {std::string(row.key)};
    for (const JsonColumn& column : columns) cells.push_back(Descend(row.value, column.member));
    table.Add(std::move(cells));
  }
  return table;
}

std::string JsonMember(std::string_view json, const std::string& pointer) {
  dom::parser parser;
  const Result<dom::element> part = Parse(parser, json, pointer);
  return part.ok() ? CellText(*part) : "";
}

Result<std::vector<std::string>> JsonElements(std::string_view json) {
  dom::parser parser;
  SLUICE_ASSIGN(const dom::element whole, Parse(parser, json, ""));
  dom::array array;
  if (whole.get(array) != simdjson::SUCCESS) return NotExpected();
  std::vector<std::string> elements;
  for (const dom::element element : array) elements.push_back(simdjson::minify(element));
  return elements;
}

std::string JsonArrayOfLines(std::string_view lines) {
  std::string out = "[";
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    if (!line.empty()) {
      out += out.size() > 1 ? ",\n" : "";
      out += line;
    }
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out + "]";
}

}  // namespace sluice
